import type { z } from 'zod'
import type { Command } from '../../src/cli/shell/define-command.ts'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import type { Pool } from '../../src/core/pool.ts'
import { taskUrl } from '../../src/core/task-files.ts'
import type { TaskBody } from '../../src/core/task.ts'

/** Runs tasks where it is called: for a few small packages no thread is worth its start. */
export const tasksHere: Pool = {
  parallel: 4,
  run: async ({ id }, input) => {
    // What a task takes and gives is known where it is named (taskAt), not where it is imported.
    const task = (await import(/* @vite-ignore */ taskUrl(id).href)) as { default: TaskBody<typeof input, never> }
    return await task.default(input)
  },
  close: () => Promise.resolve(),
}

interface Place {
  cwd: string
  env: Record<string, string>
  pool?: Pool
}

/** Runs a command without a process of its own and gives its value. @throws CpmError where the command would fail */
export async function runHere<Shape extends z.ZodRawShape, Value>(
  { input, run }: Command<Shape, Value>,
  given: Record<string, unknown>,
  { cwd, env, pool = tasksHere }: Place,
): Promise<Value> {
  const { createContext } = await import('../../src/operations/context.ts')
  const { signal } = new AbortController()
  const quiet = { emit: () => undefined, isInteractive: false, cpmVersion: '0.1.0' }
  const context = createContext({ cwd, env: new EnvironmentVariables(env), signal, ...quiet })
  try {
    return await run({ ...context, pool }, input.parse(given))
  } finally {
    await context.end()
  }
}

/**
 * What `cpm publish` does with folders, without a process: the packages that a test needs to be there. A test of publishing itself runs
 * the real binary.
 */
export async function publishHere(folders: string[], place: Place) {
  const { default: publish } = await import('../../src/cli/commands/package/publish.ts')
  await runHere(publish, { sources: folders }, place)
}
