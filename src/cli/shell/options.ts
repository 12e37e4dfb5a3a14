import { z } from 'zod'
import { RESOLUTIONS } from '../../resolver/problem.ts'

/** How an option looks on the command line, beside its type and description. */
declare module 'zod' {
  interface GlobalMeta {
    /** one letter, for `-o` */
    short?: string
    /** what stands for the value in help, as in `--output <file>` */
    value?: string
  }
}

/** Options that mean the same in every command that has them. */
export const offline = z.boolean().default(false).describe('use nothing that is not on this machine')
export const dryRun = z.boolean().default(false).describe('show what would be done and change nothing')
export const registry = z
  .string()
  .optional()
  .meta({ description: 'the registry to use: a folder, a URL, or a name from the settings', value: 'registry' })
export const lockTimeout = z.coerce
  .number()
  .nonnegative()
  .optional()
  .meta({ description: 'how long to wait for another cpm', value: 'seconds' })
export const allow = z
  .array(z.string())
  .default([])
  .meta({ description: 'pack files of this pattern although they look like secrets', value: 'pattern' })
export const copy = z.boolean().default(false).describe('put real copies into colony_packages instead of links')
export const key = z
  .string()
  .optional()
  .meta({ description: 'the signing key, by its id or the beginning of it', value: 'id' })

export const context = z
  .string()
  .optional()
  .meta({ description: 'the context to use (cpm context list)', value: 'name' })

/** A run that is meant by default: the newest. */
export const run = z
  .string()
  .optional()
  .meta({ description: 'a run, by its id or the beginning of it; the newest without it', value: 'run' })
/** A run that must be named, since something happens to it. */
export const theRun = z.string().meta({ description: 'a run, by its id or the beginning of it', value: 'run' })
export const runTimeout = z.coerce
  .number()
  .positive()
  .optional()
  .meta({ description: 'how long to wait for the end of the run', value: 'seconds' })
/** For files that ColonyOS's own command line takes as they are, mistakes included. */
export const dropUnknownKeys = z
  .boolean()
  .default(false)
  .describe('drop keys that ColonyOS does not know, as its server does, and warn of each, instead of refusing them')

/** The options by which a command takes values for the inputs of a package: the same in every one (docs/values.md). */
export const valuesOptions = {
  values: z
    .array(z.string())
    .default([])
    .meta({ description: 'a file of values, over those before it; - is standard input', value: 'file', short: 'f' }),
  set: z.array(z.string()).default([]).meta({ description: 'give an input its value', value: 'key=value' }),
  setString: z
    .array(z.string())
    .default([])
    .meta({ description: 'give an input a text, whatever it looks like', value: 'key=text' }),
  setFile: z.array(z.string()).default([]).meta({ description: 'give an input what is in a file', value: 'key=file' }),
  setJson: z
    .array(z.string())
    .default([])
    .meta({ description: 'give an input a value in JSON: a list, a map, null', value: 'key=json' }),
}

/** Options by which a command names a package and finds it: the same in every one that looks at workflows. */
export const packageOptions = {
  target: z.string().default('.').meta({
    description: "a package, which need not be installed, as name or name@range; or a package's folder",
    value: 'package|dir',
  }),
  registry: registry.meta({ description: 'where to look for a package that is not installed', value: 'registry' }),
  yes: z.boolean().default(false).describe('fetch a package that is not installed without asking'),
}

/** Options that say which versions may be chosen, and which are preferred. */
export const selection = {
  resolution: z
    .enum(RESOLUTIONS)
    .optional()
    .meta({ description: 'prefer highest (the default), lowest or lowest-direct versions', value: 'which' }),
  excludeNewer: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a date, as 2026-01-31 or 2026-01-31T12:00:00Z')
    .optional()
    .meta({ description: 'choose as if nothing had been published after this date', value: 'date' }),
  target: z.string().optional().meta({
    description: 'hold the conditions of packages against what this file says of a colony',
    value: 'file',
  }),
}
