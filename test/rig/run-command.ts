import type { z } from 'zod'
import type { CpmEvent } from '../../src/schema/events.ts'
import type { Command } from '../../src/cli/shell/define-command.ts'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { createContext } from '../../src/operations/context.ts'
import { tasksHere } from './publish.ts'

interface RunOptions {
  cwd: string
  env: Record<string, string>
}

/** A command in this process, without argv: its value, how people see it, and what it told on the way. */
export async function runCommand<Shape extends z.ZodRawShape, Value>(
  command: Command<Shape, Value>,
  input: z.input<z.ZodObject<Shape>>,
  { cwd, env }: RunOptions,
): Promise<{ value: Value; shown: string; events: CpmEvent[] }> {
  const events: CpmEvent[] = []
  const { signal } = new AbortController()
  const emit = (event: CpmEvent) => events.push(event)
  const context = createContext({
    cwd,
    env: new EnvironmentVariables(env),
    signal,
    emit,
    isInteractive: false,
    cpmVersion: 'test',
  })
  try {
    const value = await command.run({ ...context, pool: tasksHere }, command.input.parse(input))
    return { value, shown: command.views.human(value, (_format, text) => text), events }
  } finally {
    await context.end()
  }
}
