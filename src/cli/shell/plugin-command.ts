import { z } from 'zod'
import type { DeclaredCommand, DeclaredOption } from '../../schema/plugin.ts'
import { printable } from '../../core/printable.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { pluginCommands, runPluginCommand } from '../../operations/plugins/run-command.ts'
import type { Command } from './define-command.ts'

/** Finds the command of a plugin that the first words name. Returns it with the remaining words. */
export function findPluginCommand(
  words: readonly string[],
  env: EnvironmentVariables,
): { command: Command; rest: string[] } | undefined {
  const commands = pluginCommands(env)
  for (const length of [2, 1]) {
    const found = commands.find(({ name }) => name === words.slice(0, length).join(' '))
    if (found) return { command: commandOf(found), rest: words.slice(length) }
  }
  return undefined
}

function commandOf(declared: DeclaredCommand): Command {
  const { name, summary, options, positionals, examples } = declared
  const shape = Object.fromEntries(Object.entries(options).map(([key, option]) => [key, inputOf(option)]))
  return {
    name,
    summary,
    input: z.object(shape),
    positionals,
    examples,
    run: (session, input) => runPluginCommand(session, declared, input),
    json: ({ value }) => value,
    views: { human: ({ text }) => printable(text) },
  } satisfies PluginCommand as unknown as Command
}

interface PluginCommand extends Omit<Command, 'json' | 'run' | 'views'> {
  readonly run: (session: Parameters<Command['run']>[0], input: object) => ReturnType<typeof runPluginCommand>
  readonly json: (value: Awaited<ReturnType<typeof runPluginCommand>>) => unknown
  readonly views: { readonly human: (value: Awaited<ReturnType<typeof runPluginCommand>>) => string }
}

/** Returns the schema of an option, as our own commands declare theirs. */
function inputOf({ type, choices, required, description, value, short }: DeclaredOption): z.ZodType {
  const text = choices ? z.enum(choices) : z.string()
  const schema: z.ZodType = {
    boolean: () => z.boolean(),
    string: () => text,
    number: () => z.coerce.number(),
    strings: () => z.array(text),
  }[type]()
  const meta = { description, ...(value !== undefined && { value }), ...(short !== undefined && { short }) }
  // An option that is on or off and has no default would get an opposite, --no-….
  const made = required ? schema : type === 'boolean' ? (schema as z.ZodBoolean).default(false) : schema.optional()
  return made.meta(meta)
}
