import type { z } from 'zod'
import type { Pool } from '../../src/core/pool.ts'
import type { CpmEvent } from '../../src/schema/events.ts'
import type { CommandDefinition } from '../../src/cli/shell/define-command.ts'
import { createCommandSession } from '../../src/cli/shell/command-session.ts'
import { lineReporter } from '../../src/cli/terminal/reporter.ts'
import { captureTerminal, poolHere } from './in-process.ts'

interface RunOptions {
  cwd: string
  env: Record<string, string>
  /** runs the tasks; by default on this thread */
  pool?: Pool
}

/** Runs a command in this process, without argv. Returns its value, its text output and its events. */
export async function runCommand<Shape extends z.ZodRawShape, Value>(
  command: CommandDefinition<Shape, Value>,
  input: z.input<z.ZodObject<Shape>>,
  { cwd, env, pool = poolHere(true) }: RunOptions,
): Promise<{ value: Value; shown: string; events: CpmEvent[] }> {
  const events: CpmEvent[] = []
  const { signal } = new AbortController()
  const reporter = lineReporter((event) => events.push(event))
  const { terminal } = captureTerminal({ cwd, env })
  const flags = { json: false, events: false, quiet: false, debug: false }
  const session = createCommandSession(terminal, flags, { reporter, signal, cpmVersion: '0.1.0', pool })
  try {
    const value = await command.run(session, command.input.parse(input))
    return {
      value,
      shown: command.views.human(value, (_format, text) => text, { seconds: 0.1, columns: Infinity }),
      events,
    }
  } finally {
    await session.end()
  }
}
