import type { z } from 'zod'
import type { ExitName } from '../../schema/errors.ts'
import type { CommandSession } from './command-session.ts'
import type { Style } from '../terminal/style.ts'

/**
 * What a command's module holds: what it takes, what it does, how its result looks. Flags, help and docs/cli.md come from `input`; `run`
 * calls one operation and returns its value, which `--json` prints as it is.
 */
export interface CommandDefinition<Shape extends z.ZodRawShape = z.ZodRawShape, Value = unknown> {
  readonly input: z.ZodObject<Shape>
  /** keys of the input that are given by position, in order; an array takes the rest */
  readonly positionals?: readonly (keyof Shape & string)[]
  readonly examples: readonly (readonly [what: string, line: string])[]
  readonly run: (session: CommandSession, input: z.infer<z.ZodObject<Shape>>) => Promise<Value> | Value
  /** the exit status of a result, where that is not simply done */
  readonly exit?: (value: Value) => ExitName
  readonly views: { readonly human: (value: Value, style: Style) => string }
}

/** A command: its definition, with the name and the summary that the table of commands gives it. */
export interface Command extends CommandDefinition {
  readonly name: string
  readonly summary: string
}

export function defineCommand<Shape extends z.ZodRawShape, Value>(
  command: CommandDefinition<Shape, Value>,
): CommandDefinition<Shape, Value> {
  return command
}
