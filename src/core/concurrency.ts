import { setImmediate as turnOfTheLoop } from 'node:timers/promises'

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

const BATCH = 32

/**
 * Does many small pieces of work in batches, and gives the loop a turn after each: reading what is at hand waits for nothing, so a long list
 * of it would keep everybody else waiting until its end.
 * @param signal ends it, also while a piece waits for something
 */
export async function mapInBatches<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += BATCH) {
    signal?.throwIfAborted()
    results.push(...(await unlessAborted(Promise.all(items.slice(at, at + BATCH).map(work)), signal)))
    await turnOfTheLoop()
  }
  return results
}

/** Lets a number of callers in at once; the others wait in the order they came. */
export class Semaphore {
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

/** Work that several callers ask for at once is done once: whoever comes while it is under way gets the same answer. */
export class Singleflight {
  readonly #underWay = new Map<string, Promise<unknown>>()

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(key)
    // One key stands for one kind of work, so what is under way gives the same type.
    if (before) return before as Promise<T>
    const started = work().finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, started)
    return started
  }
}

/** Waits for work, but no longer than until the signal. The work itself goes on. @throws the reason of the signal */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const leave = () => {
      // What is thrown is what the signal was aborted with.
      reject(signal.reason as Error)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    // A run may take days, and many things wait for one signal: the listener goes with the work.
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave)
    })
  })
}

/** Waits for work, but no longer than so many milliseconds. The work itself goes on, and its failure is nobody's. @throws what `late` makes */
export async function inTime<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late())
    }, milliseconds)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}

/** Resolves when the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true },
    )
  })
}
