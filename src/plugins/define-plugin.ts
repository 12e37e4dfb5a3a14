import type { z } from 'zod'
import type { CALLABLE, HookAnswer, HookEvent, HookName, Permissions } from '../schema/plugin.ts'

/** The functions that plugin authors use: `import { definePlugin } from 'colony-cpm/plugin'` (docs/plugins.md). */

/** What a hook or command can use besides its event or input. */
export interface PluginContext {
  readonly cpmVersion: string
  /** the plugin's own folder for data; null unless `permissions.write` contains `data` */
  readonly data: string | null
  /** what the user's settings say: `plugins.<name>.options` */
  readonly options: Readonly<Record<string, unknown>>
  /** Shows a line to the user. */
  log(text: string): void
  /**
   * Calls an operation of cpm that `permissions.operations` lists, in the project where cpm runs. Commands can do this,
   * and hooks that are not `required` and run after a change; while cpm changes a project, it throws.
   */
  call(operation: (typeof CALLABLE)[number], options?: Readonly<Record<string, unknown>>): Promise<unknown>
}

type Answer<Name extends HookName> = Name extends 'onEvent' ? undefined : HookAnswer | undefined

export type Hook<Name extends HookName> = (
  event: HookEvent<Name>,
  context: PluginContext,
  // A hook without an answer needs no return statement.
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
) => Answer<Name> | void | Promise<Answer<Name> | void>

export interface HookOptions {
  /** a failure of the hook stops the operation, and undoes it if it was already applied; false by default */
  required?: boolean
  /** seconds that one call may take; 10 by default, at most 300 */
  timeout?: number
}

type DeclaredHooks = {
  [Name in Exclude<HookName, 'onEvent'>]?: Hook<Name> | (HookOptions & { run: Hook<Name> })
} & {
  /** `events` lists the types of events that it receives: see docs/library.md */
  onEvent?: Omit<HookOptions, 'required'> & { events: readonly string[]; run: Hook<'onEvent'> }
}

/** A command that a plugin adds to cpm. */
export interface PluginCommand<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** one or two words: `cpm <name>` */
  name: string
  summary: string
  /** options and arguments: strings, numbers, booleans, enums and lists of strings */
  input?: z.ZodObject<Shape>
  /** keys of `input` that are arguments, in order; a list takes all that remain */
  positionals?: readonly (keyof Shape & string)[]
  examples?: readonly (readonly [what: string, line: string])[]
  /** seconds that it may take; 300 by default */
  timeout?: number
  /** Returns what `--json` prints. */
  run(input: z.infer<z.ZodObject<Shape>>, context: PluginContext): unknown
  /** Returns what is printed without `--json`; by default the value itself. */
  view?(value: never): string
}

export interface Plugin extends DeclaredHooks {
  /** lower-case letters, digits and hyphens */
  name: string
  /** the version of a plugin in a package is that of the package */
  version: string
  description?: string
  /** what it may do; nothing by default */
  permissions?: { readonly [Key in keyof Permissions]?: Readonly<Permissions[Key]> }
  addCliCommands?(): readonly PluginCommand<never>[]
}

/** Declares a plugin; the default export of its module. */
export function definePlugin<const P extends Plugin>(plugin: P): P {
  return plugin
}

/** Declares a command of a plugin, so that the types of its options are known in `run`. */
export function defineCommand<Shape extends z.ZodRawShape>(command: PluginCommand<Shape>): PluginCommand<never> {
  return command as unknown as PluginCommand<never>
}
