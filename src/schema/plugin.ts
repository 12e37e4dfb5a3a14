import { z } from 'zod'
import { PackageName } from './name.ts'
import { Line } from './text.ts'
import { Version } from './version.ts'

/** What a plugin declares, and what each of its hooks receives and may answer (docs/plugins.md). */

/** The hooks of plugins, in the order of docs/plugins.md. `addCliCommands` is not one of them: it only declares. */
export const HOOK_NAMES = [
  'onResolve',
  'onVerify',
  'onPreInstall',
  'onPackageUpdate',
  'onPreUninstall',
  'onPostInstall',
  'onPostUninstall',
  'onPrePublish',
  'onRender',
  'onSubmit',
  'onEvent',
] as const
export type HookName = (typeof HOOK_NAMES)[number]

/** Other spellings of the hooks: `on_pre_install` for `onPreInstall`. */
export const SNAKE_NAMES: Readonly<Record<string, HookName | 'addCliCommands'>> = Object.fromEntries(
  [...HOOK_NAMES, 'addCliCommands' as const].map((name) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    name,
  ]),
)

/** The name of a plugin, which is also that of its file. */
export const PluginName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'must be lower-case letters, digits and hyphens')
export type PluginName = z.infer<typeof PluginName>

/**
 * A folder or file that a plugin may use: `project`, `data` or an absolute path, with a path below it if it is not meant
 * as a whole. Wildcards would grant more than they seem to.
 */
const Place = z
  .string()
  .max(1024)
  .regex(/^(?:(?:project|data)(?:\/[^*,]*)?|\/[^*,]*|[A-Za-z]:[\\/][^*,]*)$/, {
    error: 'must be project, data or an absolute path, or a path below them, without * and commas',
  })
  .refine((text) => !text.split(/[\\/]/).includes('..'), 'must not contain ..')

/** Operations of cpm that a plugin may call, none of which changes anything. */
export const CALLABLE = ['info', 'licenses', 'list', 'outdated', 'sbom', 'search', 'tree', 'verify', 'why'] as const

export const Permissions = z.strictObject({
  /** files and folders it may read */
  read: z.array(Place).max(32).default([]),
  /** files and folders it may change, and read */
  write: z.array(Place).max(32).default([]),
  /** whether it may use the network; Node can forbid it only from version 25 */
  network: z.boolean().default(false),
  /** environment variables that it gets */
  env: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'is not the name of an environment variable')
        .refine((name) => !name.startsWith('NODE_'), 'may not change Node, which confines the plugin'),
    )
    .max(32)
    .default([]),
  /** operations of cpm that it may call */
  operations: z.array(z.enum(CALLABLE)).default([]),
})
export type Permissions = z.infer<typeof Permissions>

export const MAX_HOOK_SECONDS = 300
export const HOOK_SECONDS = 10

const DeclaredHook = z.strictObject({
  /** its failure stops the operation, and undoes it if it was already applied */
  required: z.boolean().default(false),
  /** seconds that one call may take */
  timeout: z.number().positive().max(MAX_HOOK_SECONDS).default(HOOK_SECONDS),
  /** for `onEvent`: the types of events that it receives */
  events: z
    .array(z.string().regex(/^[a-z-]{1,40}$/))
    .min(1)
    .max(40)
    .optional(),
})
export type DeclaredHook = z.infer<typeof DeclaredHook>

const OptionKey = z.string().regex(/^[a-z][A-Za-z0-9]{0,40}$/)

/** An option or argument of a command. */
const DeclaredOption = z.strictObject({
  type: z.enum(['boolean', 'string', 'number', 'strings']),
  /** the allowed values */
  choices: z.array(Line.max(100)).min(1).max(50).optional(),
  required: z.boolean(),
  description: Line.max(300).default(''),
  /** the placeholder in help */
  value: Line.max(40).optional(),
  short: z
    .string()
    .regex(/^[A-Za-z]$/)
    .optional(),
})
export type DeclaredOption = z.infer<typeof DeclaredOption>

const DeclaredCommand = z.strictObject({
  /** one or two words */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}(?: [a-z][a-z0-9-]{0,30})?$/, 'must be one or two lower-case words'),
  summary: Line.min(1).max(120),
  options: z.record(OptionKey, DeclaredOption),
  positionals: z.array(OptionKey).max(10).default([]),
  examples: z
    .array(z.tuple([Line.max(200), Line.max(200)]))
    .max(20)
    .default([]),
  /** seconds that it may take */
  timeout: z.number().positive().max(86_400).default(MAX_HOOK_SECONDS),
})
export type DeclaredCommand = z.infer<typeof DeclaredCommand>

/** What a plugin says of itself before any of its hooks runs. */
export const PluginDeclaration = z.strictObject({
  name: PluginName,
  version: Version,
  description: Line.max(300).default(''),
  permissions: Permissions.prefault({}),
  hooks: z.partialRecord(z.enum(HOOK_NAMES), DeclaredHook),
  commands: z.array(DeclaredCommand).max(50).default([]),
})
export type PluginDeclaration = z.infer<typeof PluginDeclaration>

const Change = z.object({
  name: PackageName,
  version: Version,
  /** the version that it replaces, if there is one */
  from: Version.nullable(),
})

const Described = z.object({
  ...Change.shape,
  /** an SPDX expression; null if there is none, or if it is not known yet, as in a dry run */
  license: z.string().nullable(),
  /** the digest of its contents; null for a local folder */
  tree: z.string().nullable(),
  /** required by the project itself */
  direct: z.boolean(),
  dependencies: z.array(PackageName),
})

const project = z.string().describe('the folder of the project')

/** What the hooks receive. */
export const HOOK_EVENTS = {
  /** versions were chosen, from the registries or from the lock; nothing has changed */
  onResolve: z.object({ project, dryRun: z.boolean(), lockChanged: z.boolean(), packages: z.array(Described) }),
  /** `cpm verify` or `cpm ci` proved the packages of the lock */
  onVerify: z.object({ project, command: z.enum(['ci', 'verify']), packages: z.array(Described) }),
  /** packages are about to be installed, or replaced by another version */
  onPreInstall: z.object({ project, packages: z.array(Change) }),
  /** packages are about to be replaced by another version */
  onPackageUpdate: z.object({ project, packages: z.array(Change) }),
  /** packages are about to be removed */
  onPreUninstall: z.object({ project, packages: z.array(PackageName) }),
  /** packages were installed */
  onPostInstall: z.object({ project, packages: z.array(Change) }),
  /** packages were removed */
  onPostUninstall: z.object({ project, packages: z.array(PackageName) }),
  /** packages passed all checks and are about to be signed and published */
  onPrePublish: z.object({
    registry: z.string(),
    packages: z.array(z.object({ name: PackageName, version: Version, source: z.string() })),
  }),
  /** a workflow was rendered; where an input is a secret, it has a reference instead */
  onRender: z.object({
    package: z.object({ name: PackageName, version: Version }),
    workflow: z.string(),
    spec: z.unknown(),
  }),
  /** a workflow is about to be handed to an engine */
  onSubmit: z.object({
    package: z.object({ name: PackageName, version: Version }),
    engine: z.enum(['local', 'colonyos']),
    workflow: z.string(),
    spec: z.unknown(),
  }),
  /** one of the events that `cpm --events` prints */
  onEvent: z.object({ event: z.looseObject({ type: z.string() }) }),
} satisfies Record<HookName, z.ZodType>
export type HookEvent<Name extends HookName> = z.infer<(typeof HOOK_EVENTS)[Name]>

/** Text of a plugin may be long, and is escaped where it is shown. */
const Reason = z.union([
  z.string().min(1).max(2000),
  z.strictObject({ package: z.string().max(300), reason: z.string().min(1).max(2000) }),
])
export type Reason = z.infer<typeof Reason>

/** What every hook except `onEvent` may answer. No answer means that all is well. */
export const HookAnswer = z.strictObject({
  /** reasons against the operation, which then does not happen */
  refuse: z.union([Reason, z.array(Reason).max(1000)]).optional(),
  /** what the user should know */
  warn: z.union([Reason, z.array(Reason).max(1000)]).optional(),
})
export type HookAnswer = z.infer<typeof HookAnswer>

/** What the command of a plugin returns. */
export const CommandAnswer = z.strictObject({
  /** printed with `--json` */
  value: z.unknown(),
  /** printed without */
  text: z.string(),
})
export type CommandAnswer = z.infer<typeof CommandAnswer>
