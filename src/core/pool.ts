import os from 'node:os'
import type { Piscina } from 'piscina'
import { compiledCodeForThreads } from './compile-cache.ts'
import { Semaphore } from './concurrency.ts'
import { processEnvironment } from './environment-variables.ts'
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
  /** Starts the threads for many tasks that will come, while the caller is still preparing them. */
  expect(task: Task<never, unknown>, tasks: number): void
  /** how many tasks can run at the same moment */
  readonly threads: number
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
    threads,
    parallel: threads * 2,
    expect(task: Task<never, unknown>, tasks: number) {
      if (tasks <= MANY_WAITING) return
      widen()
      started ??= start(threads, { awake: threads, url: taskUrl(task.id).href })
      // If no thread can start, the first task fails.
      started.catch(() => undefined)
    },
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

/** @param first how many threads to start at once, and the task that they will run first if that is known */
async function start(threads: number, first: { awake: number; url?: string } = { awake: 1 }): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  const piscina = new Piscina({
    filename: workerUrl().href,
    execArgv: [],
    env: processEnvironment.forChild(compiledCodeForThreads()),
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: Infinity,
    atomics: 'disabled',
  })
  const awake = Array.from({ length: first.awake }, () => piscina.run(first.url, { name: 'ready' }) as Promise<void>)
  for (const thread of awake) thread.catch(() => undefined)
  await awake[0]
  return piscina
}
