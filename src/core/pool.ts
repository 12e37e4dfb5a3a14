import os from 'node:os'
import type { Piscina } from 'piscina'
import { Semaphore } from './concurrency.ts'
import { CpmError } from './errors.ts'
import { taskUrl, workerUrl } from './task-files.ts'
import type { Task } from './task.ts'
import type { TaskReply, TaskRequest } from './worker.ts'

interface RunOptions {
  /** ends the task, and with it its thread */
  signal?: AbortSignal | undefined
  /** buffers in the input that move to the worker instead of being copied */
  transfer?: ArrayBuffer[]
}

/** The one pool of worker threads. Work over the contents of packages runs here, never on the main thread. */
export interface Pool {
  run<Input, Output>(task: Task<Input, Output>, input: Input, options?: RunOptions): Promise<Output>
  /** how many tasks are worth having under way: callers hold back the rest, so that memory stays bounded */
  readonly parallel: number
  close(): Promise<void>
}

/** A task that has waited so many milliseconds, or more tasks than this, are worth what it takes to start further threads. */
const LONG_WAIT = 50
const MANY_WAITING = 4

/**
 * Makes a pool whose first thread starts with the first task: commands that need none pay nothing. The others start when they are worth
 * it: most commands are done by the time a second thread has begun.
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
          // Who ended the task has said why; the library says only that it was ended.
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
