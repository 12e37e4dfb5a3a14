import type { z } from 'zod'
import type { ExitName } from '../../schema/errors.ts'
import type { CommandSession } from './command-session.ts'
import type { Style } from '../terminal/style.ts'

/** What a view may need to know of how its result is shown. */
export interface Shown {
  /** how long the command took */
  readonly seconds: number
  /** the width of the terminal; infinite for a file or a pipe, which gets everything */
  readonly columns: number
}

/**
 * What a command's module declares. `input` defines the options, help and docs/cli.md; `run` calls one operation and
 * returns its value, which `--json` prints unchanged.
 */
export interface CommandDefinition<Shape extends z.ZodRawShape = z.ZodRawShape, Value = unknown> {
  readonly input: z.ZodObject<Shape>
  /** keys of the positional arguments, in order; an array takes all remaining ones */
  readonly positionals?: readonly (keyof Shape & string)[]
  readonly examples: readonly (readonly [what: string, line: string])[]
  readonly run: (session: CommandSession, input: z.infer<z.ZodObject<Shape>>) => Promise<Value> | Value
  /** exit status for a result; default: ok */
  readonly exit?: (value: Value) => ExitName
  /** what `--json` prints; by default the value itself */
  readonly json?: (value: Value) => unknown
  /** how the result looks */
  readonly views: { readonly human: (value: Value, style: Style, shown: Shown) => string }
}

/** A command's definition, with its name and summary from the table of commands. */
export interface Command extends CommandDefinition {
  readonly name: string
  readonly summary: string
}

export function defineCommand<Shape extends z.ZodRawShape, Value>(
  command: CommandDefinition<Shape, Value>,
): CommandDefinition<Shape, Value> {
  return command
}
