import { z } from 'zod'
import { HOOK_NAMES, MAX_HOOK_SECONDS, SNAKE_NAMES } from './plugin.ts'

/** A command as its program and arguments; no shell reads it. */
const CommandLine = z
  .array(z.string())
  .min(1)
  .refine(([program = '']) => /^(?:\/|[A-Za-z]:[\\/]|[^-\\/][^\\/]*$)/.test(program), {
    error: 'must begin with the name of a program on PATH, or its absolute path',
  })

const ShellHook = z.union([
  CommandLine,
  z.strictObject({
    command: CommandLine,
    /** its failure stops the operation, and undoes it if it was already applied (default false) */
    required: z.boolean().optional(),
    /** seconds that it may take (default 10) */
    timeout: z.number().positive().max(MAX_HOOK_SECONDS).optional(),
  }),
])

/** Hooks that can run commands: all but `onEvent`, which would start one for each event. */
export type ShellHookName = Exclude<(typeof HOOK_NAMES)[number], 'onEvent'>
const NAMES = [...HOOK_NAMES, ...Object.keys(SNAKE_NAMES)].filter(
  (name) => !['onEvent', 'on_event', 'add_cli_commands'].includes(name),
)

/** The section `hooks` of the user's settings: commands by hook. */
export const ShellHooks = z.partialRecord(z.enum(NAMES), z.union([ShellHook, z.array(ShellHook)]))
export type ShellHooks = z.infer<typeof ShellHooks>
