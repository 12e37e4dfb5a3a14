import { setImmediate as turnOfTheLoop } from 'node:timers/promises'

/** Maps items with at most `limit` calls at a time, and keeps their order. After a failure, no further call starts. */
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
 * Maps items in batches and yields to the event loop after each. Work that never waits for I/O would otherwise block
 * everything else until a long list is done.
 * @param signal stops the work, even while an item is waiting
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

/** Admits a limited number of callers at a time; the others wait in order of arrival. */
export class Semaphore {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(places: number) {
    this.#free = places
  }

  /** number of waiting callers */
  get waiting(): number {
    return this.#waiting.length
  }

  /** whether the next caller has to wait */
  get isFull(): boolean {
    return this.#free <= 0
  }

  /** Raises the limit, and admits waiting callers at once. */
  widen(places: number): void {
    this.#free += places
    for (; this.#free > 0 && this.#waiting.length > 0; this.#free--) this.#waiting.shift()?.()
  }

  /** Runs `work` when there is a free place. @param signal leaves the queue when aborted */
  async pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      // Hands the place on without freeing it in between, so that no newcomer jumps the queue.
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

/**
 * Runs work once for all callers that ask for it at the same time: later ones get the result of the call in progress.
 */
export class Singleflight {
  readonly #underWay = new Map<string, Promise<unknown>>()

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(key)
    // A key identifies one kind of work, so the pending promise has the same type.
    if (before) return before as Promise<T>
    const started = work().finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, started)
    return started
  }
}

/** Waits for work until the signal is aborted; the work itself continues. @throws the signal's reason */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const leave = () => {
      // Callers expect whatever the signal was aborted with.
      reject(signal.reason as Error)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    // A run may take days and one signal has many listeners, so each is removed when its work ends.
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave)
    })
  })
}

/**
 * Waits for work for at most `milliseconds`. After that the work continues, and its failure is ignored.
 * @throws the error that `late` creates
 */
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
