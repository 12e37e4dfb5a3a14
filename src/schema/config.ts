import { z } from 'zod'
import { KeyId } from './digest.ts'
import { PackageName } from './name.ts'
import { PluginName } from './plugin.ts'
import { ShellHooks } from './shell-hook.ts'
import { Policy } from './policy.ts'
import { NamePattern } from './token.ts'

const Registry = z.strictObject({
  /** a folder, or an http(s) URL */
  url: z.string().min(1),
  /** allow sending a token over plain http to another machine; only honored in the user's own file */
  insecure: z.boolean().optional(),
})

const RegistrySection = z.strictObject({
  /** the name of a registry below, a folder or a URL */
  default: z.string().optional(),
  registries: z.record(z.string(), Registry).optional(),
  /** the only registry for the packages of a scope: `"@acme": "work"` */
  scopes: z.record(z.string().regex(/^@[a-z0-9][a-z0-9-]*$/, 'a scope looks like @org'), z.string().min(1)).optional(),
})
export type RegistrySection = z.infer<typeof RegistrySection>

const Seconds = z.number().nonnegative()

const InsideAddress = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.hostname()], {
  error: 'must be a host, an address, or a block such as 10.1.0.0/16',
})

const Network = z.strictObject({
  /** proxies (default: HTTP_PROXY, HTTPS_PROXY and NO_PROXY from the environment) */
  httpProxy: z.string().optional(),
  httpsProxy: z.string().optional(),
  noProxy: z.string().optional(),
  /** PEM files: additional authorities to trust, a client certificate and its key */
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  /** how long one attempt may wait for the start of an answer */
  timeout: Seconds.optional(),
  retries: z.int().min(0).max(10).optional(),
  maxConcurrentDownloads: z.int().min(1).max(64).optional(),
  /** hosts, addresses and blocks such as `10.1.0.0/16` in a private network that redirects may lead to */
  allowedAddresses: z.array(InsideAddress).optional(),
})
export type NetworkSettings = z.infer<typeof Network>

/** Signature algorithms cpm can check. A list in the settings can leave out the ones its owner no longer accepts. */
export const SIGNATURE_ALGORITHMS = ['ed25519'] as const

const Security = z.strictObject({
  lockTimeout: Seconds.optional(),
  /** let `cpm ci` read every installed file, as with `--prove` (default false) */
  prove: z.boolean().optional(),
  /** refuse unsigned packages (default true) */
  requireSignatures: z.boolean().optional(),
  /** names that only these keys may sign: `"@acme/*": ["<key id>"]` */
  trustedKeys: z.record(NamePattern, z.array(KeyId).min(1)).optional(),
  algorithms: z.array(z.enum(SIGNATURE_ALGORITHMS)).optional(),
  /** files and folders with advisories in the OSV format, for `cpm audit` */
  advisories: z.array(z.string().min(1)).optional(),
})
export type SecuritySettings = z.infer<typeof Security>

const Storage = z.strictObject({
  /** the folder of the store */
  store: z.string().min(1).optional(),
  /** stores that others keep: read, never written, the preferred one first */
  siteStores: z.array(z.string().min(1)).optional(),
})

const Colony = z.strictObject({
  /** other machines that may be contacted without TLS, although an intercepted request can be sent again forever */
  insecureHosts: z.array(z.string().min(1)).optional(),
  /** how long a ColonyOS server may take for a whole answer */
  timeout: Seconds.optional(),
})
export type ColonySettings = z.infer<typeof Colony>

const Engines = z.strictObject({
  local: z
    .strictObject({
      /** how long a command may take to stop before it is killed (default: 2 seconds) */
      grace: Seconds.optional(),
    })
    .optional(),
})

const Plugin = z.strictObject({
  /** the package that contains the plugin; by default it is a file or folder in `$CPM_HOME/plugins` */
  package: PackageName.optional(),
  /** whether it runs (default true) */
  enabled: z.boolean().optional(),
  /** whether a failure of its hooks stops an operation, instead of what the plugin declares */
  required: z.boolean().optional(),
  /** what the plugin is to know; not for secrets */
  options: z.record(z.string(), z.json()).optional(),
})
export type PluginSettings = z.infer<typeof Plugin>

/**
 * Every setting, by section. The user's file may contain all sections; a project's file only some (`PROJECT_SECTIONS`).
 */
export const Config = z.strictObject({
  registry: RegistrySection.optional(),
  storage: Storage.optional(),
  install: z.strictObject({ mode: z.enum(['link', 'copy']).optional() }).optional(),
  network: Network.optional(),
  security: Security.optional(),
  /** rules about packages (docs/policy.md) */
  policy: Policy.optional(),
  colony: Colony.optional(),
  engines: Engines.optional(),
  plugins: z.record(PluginName, Plugin).optional(),
  /** commands that run at hooks */
  hooks: ShellHooks.optional(),
})
export type Config = z.infer<typeof Config>

/**
 * The sections a file in a project may set: nothing that runs or sends anything, or changes what the machine trusts. Its
 * `policy` can only add to that of the user (`ProjectPolicy`).
 */
export const PROJECT_SECTIONS = ['registry', 'install', 'policy'] as const
