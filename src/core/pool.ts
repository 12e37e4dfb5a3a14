import os from 'node:os'
import type { Piscina } from 'piscina'
import { Semaphore } from './concurrency.ts'
import { CpmError } from './errors.ts'
import { taskUrl, workerUrl } from './task-files.ts'
import type { Task } from './task.ts'
import type { TaskReply, TaskRequest } from './worker.ts'

interface RunOptions {
  /** stops the task and its thread */
  signal?: AbortSignal | undefined
  /** buffers of the input to move to the worker instead of copying */
  transfer?: ArrayBuffer[]
}

/** The pool of worker threads. All work on the contents of packages runs here, not on the main thread. */
export interface Pool {
  run<Input, Output>(task: Task<Input, Output>, input: Input, options?: RunOptions): Promise<Output>
  /** how many tasks callers should start at a time, to keep memory bounded */
  readonly parallel: number
  close(): Promise<void>
}

/** More threads start once a task has waited this many milliseconds, or once this many tasks are waiting. */
const LONG_WAIT = 50
const MANY_WAITING = 4

/**
 * Creates a pool that starts its first thread with the first task, so commands without tasks pay nothing. The other
 * threads start only when tasks queue up: most commands finish before a second thread would be ready.
 */
export function createPool(): Pool {
  const threads = Math.max(1, Math.min(os.availableParallelism(), 8))
  const single = new Semaphore(1)
  const widen = () => {
    single.widen(Infinity)
  }
  let widening: NodeJS.Timeout | undefined
  let started: Promise<Piscina> | undefined
  return {
    parallel: threads * 2,
    async run<Input, Output>(task: Task<Input, Output>, input: Input, { signal, transfer }: RunOptions = {}) {
      signal?.throwIfAborted()
      started ??= start(threads)
      const piscina = await started
      const request: TaskRequest = { url: taskUrl(task.id).href, input }
      const options = { ...(signal && { signal }), ...(transfer && { transferList: transfer }) }
      if (single.isFull) widening ??= setTimeout(widen, LONG_WAIT).unref()
      if (single.waiting >= MANY_WAITING) widen()
      const reply = (await single
        .pass(() => piscina.run(request, options), signal)
        .catch((error: unknown) => {
          // The signal's reason says why the task was stopped; the library's error does not.
          signal?.throwIfAborted()
          throw error
        })) as TaskReply
      if (!reply.ok) throw CpmError.fromJSON(reply.error)
      return reply.output as Output
    },
    async close() {
      clearTimeout(widening)
      await started?.then(
        (piscina) => piscina.destroy(),
        () => undefined,
      )
    },
  }
}

async function start(threads: number): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  const piscina = new Piscina({
    filename: workerUrl().href,
    execArgv: [],
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: Infinity,
    atomics: 'disabled',
  })
  await piscina.run(undefined, { name: 'ready' })
  return piscina
}
