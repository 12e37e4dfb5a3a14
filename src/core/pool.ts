import os from 'node:os'
import type { Piscina } from 'piscina'
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
  const single = new Gate(1)
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

/** Runs `work` over items, at most `limit` at a time, keeping the order of results. The first failure stops the rest. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  let failed = false
  const lane = async () => {
    while (!failed) {
      const index = next++
      if (index >= items.length) return
      try {
        results[index] = await work(items[index] as T, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane))
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason
  return results
}

/** Lets a number of callers in at once; the others wait in the order they came. */
export class Gate {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(places: number) {
    this.#free = places
  }

  /** how many wait outside */
  get waiting(): number {
    return this.#waiting.length
  }

  /** whether the next one has to wait */
  get isFull(): boolean {
    return this.#free <= 0
  }

  /** Makes more places: those who wait come in at once. */
  widen(places: number): void {
    this.#free += places
    for (; this.#free > 0 && this.#waiting.length > 0; this.#free--) this.#waiting.shift()?.()
  }

  /** @param signal who leaves before it is their turn takes no place */
  async pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      // The place goes from one to the next without being free in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(enter)
    })
  }
}
