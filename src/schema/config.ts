import { z } from 'zod'
import { KeyId } from './digest.ts'
import { NamePattern } from './token.ts'

const Registry = z.strictObject({
  /** a folder, or an http(s) URL */
  url: z.string().min(1),
  /** let a token travel over plain http to a host that is not this machine; heeded in the user’s own file only */
  insecure: z.boolean().optional(),
})

const RegistrySection = z.strictObject({
  /** the name of a registry below, a folder or a URL */
  default: z.string().optional(),
  registries: z.record(z.string(), Registry).optional(),
  /** where the packages of a scope are looked for, and nowhere else: `"@acme": "work"` */
  scopes: z.record(z.string().regex(/^@[a-z0-9][a-z0-9-]*$/, 'a scope is written @org'), z.string().min(1)).optional(),
})
export type RegistrySection = z.infer<typeof RegistrySection>

const Seconds = z.number().nonnegative()

const InsideAddress = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.hostname()], {
  error: 'a host, an address, or a block such as 10.1.0.0/16',
})

const Network = z.strictObject({
  /** proxies; without them HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment count */
  httpProxy: z.string().optional(),
  httpsProxy: z.string().optional(),
  noProxy: z.string().optional(),
  /** files in PEM: authorities to trust besides the usual ones, a client certificate and its key */
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  /** how long one attempt may wait for an answer to begin */
  timeout: Seconds.optional(),
  retries: z.int().min(0).max(10).optional(),
  maxConcurrentDownloads: z.int().min(1).max(64).optional(),
  /** hosts, addresses and blocks such as `10.1.0.0/16` that redirects may lead to although they are inside of a network */
  allowedAddresses: z.array(InsideAddress).optional(),
})
export type NetworkSettings = z.infer<typeof Network>

/** Signatures cpm can check. A list in the settings may leave out what its owner does not accept any more. */
export const SIGNATURE_ALGORITHMS = ['ed25519'] as const

const Security = z.strictObject({
  lockTimeout: Seconds.optional(),
  /** refuse packages that nobody signed (default true) */
  requireSignatures: z.boolean().optional(),
  /** names that only these keys may have signed: `"@acme/*": ["<key id>"]` */
  trustedKeys: z.record(NamePattern, z.array(KeyId).min(1)).optional(),
  algorithms: z.array(z.enum(SIGNATURE_ALGORITHMS)).optional(),
})
export type SecuritySettings = z.infer<typeof Security>

const Colony = z.strictObject({
  /** hosts that may be spoken to without TLS although they are other machines: what is overheard can be sent again for ever */
  insecureHosts: z.array(z.string().min(1)).optional(),
  /** how long a colony’s server may take for a whole answer */
  timeout: Seconds.optional(),
})
export type ColonySettings = z.infer<typeof Colony>

const Engines = z.strictObject({
  local: z
    .strictObject({
      /** how long a command has between being asked to end and being made to; 2 seconds without it */
      grace: Seconds.optional(),
    })
    .optional(),
})

/** Every setting, by section. The user's file may hold all of it; a project's file only `registry` and `install`. */
export const Config = z.strictObject({
  registry: RegistrySection.optional(),
  storage: z.strictObject({ store: z.string().optional() }).optional(),
  install: z.strictObject({ mode: z.enum(['link', 'copy']).optional() }).optional(),
  network: Network.optional(),
  security: Security.optional(),
  colony: Colony.optional(),
  engines: Engines.optional(),
})
export type Config = z.infer<typeof Config>

/** What a file inside a project may decide: nothing that runs, sends or changes the machine's trust. */
export const PROJECT_SECTIONS = ['registry', 'install'] as const
