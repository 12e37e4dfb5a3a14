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

/**
 * What `cpm publish` does with folders, without a process: the packages that a test needs to be there. A test of publishing itself runs
 * the real binary.
 */
export async function publishHere(folders: string[], { cwd, env }: { cwd: string; env: Record<string, string> }) {
  const [{ createContext }, { default: publish }] = await Promise.all([
    import('../../src/operations/context.ts'),
    import('../../src/cli/commands/package/publish.ts'),
  ])
  const { signal } = new AbortController()
  const quiet = { emit: () => undefined, isInteractive: false, cpmVersion: 'test' }
  const context = createContext({ cwd, env: new EnvironmentVariables(env), signal, ...quiet })
  try {
    await publish.run({ ...context, pool: tasksHere }, publish.input.parse({ sources: folders }))
  } finally {
    await context.end()
  }
}
