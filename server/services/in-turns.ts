import { setImmediate as turnOfTheLoop } from 'node:timers/promises'

const AT_ONCE = 32

/**
 * Does many small pieces of work, some at once, and gives the loop a turn after each few: reading what is at hand waits for nothing, so a
 * long list of it would else keep everybody else waiting until its end.
 * @param signal ends it, also while a piece waits for something
 */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    signal?.throwIfAborted()
    results.push(...(await unlessAborted(Promise.all(items.slice(at, at + AT_ONCE).map(work)), signal)))
    await turnOfTheLoop()
  }
  return results
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave)
    })
  })
}
