import { z } from 'zod'
import { RESOLUTIONS } from '../../resolver/problem.ts'

/** How an option looks on the command line, in addition to its type and description. */
declare module 'zod' {
  interface GlobalMeta {
    /** one letter, for `-o` */
    short?: string
    /** placeholder for the value in help, as in `--output <file>` */
    value?: string
    /** description of `--no-<option>`, for an option that is on, off or unset */
    opposite?: string
  }
}

/** Options that several commands share. */
export const offline = z.boolean().default(false).describe('use only what is on this machine')
export const junit = z
  .string()
  .optional()
  .meta({ description: 'also write the results to a file, in the format of JUnit', value: 'file' })
export const dryRun = z.boolean().default(false).describe('show what would be done, without changing anything')
export const filter = z.array(z.string()).optional().meta({
  description: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
  value: 'member',
})

export const registry = z
  .string()
  .optional()
  .meta({ description: 'the registry: a folder, a URL, or a name from your configuration', value: 'registry' })
export const root = z
  .string()
  .optional()
  .meta({ description: "the registry's folder (default: this machine's registry)", value: 'dir' })
export const lockTimeout = z.coerce
  .number()
  .nonnegative()
  .optional()
  .meta({ description: 'how long to wait for another cpm process', value: 'seconds' })
export const allow = z
  .array(z.string())
  .default([])
  .meta({ description: 'pack matching files even if they look like secrets', value: 'pattern' })
export const copy = z.boolean().default(false).describe('copy files into colony_packages instead of linking them')
export const global = z
  .boolean()
  .default(false)
  .meta({ description: 'work with your global packages instead of a project', short: 'g' })
export const key = z
  .string()
  .optional()
  .meta({ description: 'the signing key, by its id or the start of it', value: 'id' })

export const context = z
  .string()
  .optional()
  .meta({ description: 'the context to use (cpm context list)', value: 'name' })

/** A run; by default the newest. */
export const run = z
  .string()
  .optional()
  .meta({ description: 'the run, by its id or the start of it (default: the newest)', value: 'run' })
/** A run that must be named, because the command changes it. */
export const theRun = z.string().meta({ description: 'the run, by its id or the start of it', value: 'run' })
export const runTimeout = z.coerce
  .number()
  .positive()
  .optional()
  .meta({ description: 'how long to wait for the run to finish', value: 'seconds' })
/** For workflow files that the colonies CLI accepts despite unknown keys. */
export const dropUnknownKeys = z
  .boolean()
  .default(false)
  .describe('drop keys that ColonyOS does not know with a warning, instead of rejecting them')

/** Options that set the inputs of a package, shared by all commands with values (docs/values.md). */
export const valuesOptions = {
  values: z
    .array(z.string())
    .default([])
    .meta({ description: 'read values from a file, or - for stdin; later ones win', value: 'file', short: 'f' }),
  set: z.array(z.string()).default([]).meta({ description: 'set an input', value: 'key=value' }),
  setString: z
    .array(z.string())
    .default([])
    .meta({ description: 'set an input to a string, without interpreting it', value: 'key=text' }),
  setFile: z
    .array(z.string())
    .default([])
    .meta({ description: 'set an input to the contents of a file', value: 'key=file' }),
  setJson: z
    .array(z.string())
    .default([])
    .meta({ description: 'set an input to a JSON value, such as a list, a map or null', value: 'key=json' }),
}

/** Options that name and find a package, shared by all commands that work with workflows. */
export const packageOptions = {
  target: z.string().default('.').meta({
    description: 'name or name@range of a package, installed or not, or the folder of one',
    value: 'package|dir',
  }),
  registry: registry.meta({ description: 'the registry to search if the package is not installed', value: 'registry' }),
  yes: z.boolean().default(false).describe('download the package if needed, without asking'),
}

/** Options that limit which versions may be chosen, or say which are preferred. */
export const selection = {
  resolution: z
    .enum(RESOLUTIONS)
    .optional()
    .meta({ description: 'prefer highest (the default), lowest or lowest-direct versions', value: 'which' }),
  excludeNewer: z
    .union(
      [z.iso.date(), z.iso.datetime({ offset: true })],
      'must be a date, such as 2026-01-31 or 2026-01-31T12:00:00Z',
    )
    .optional()
    .meta({ description: 'ignore versions published after this date', value: 'date' }),
  target: z.string().optional().meta({
    description: 'check the conditions of packages against the colony that this file describes',
    value: 'file',
  }),
}
