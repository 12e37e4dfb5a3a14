import { setTimeout as delay } from 'node:timers/promises'
import { MOST_SLOWED_AT_ONCE, MOST_WRONG_TOKENS_COUNTED, WRONG_TOKENS_FORGOTTEN_AFTER } from './limits.ts'

interface Count {
  wrong: number
  last: number
}

/** how many wrong tokens an address may send without delay; a CI pipeline with an expired token sends a few */
export const FREE_WRONG_TOKENS = 20
const FIRST_DELAY = 100
const LONGEST_DELAY = 1000

/**
 * Slows down clients that send wrong tokens: after the first few from an address, each response takes twice as long as
 * the one before. Valid tokens are never delayed, even from the same address. The number of counts and of delayed
 * responses is bounded.
 */
export class WrongTokens {
  readonly #counts = new Map<string, Count>()
  readonly #now: () => number
  #waiting = 0

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The number of addresses that are remembered. */
  get size(): number {
    return this.#counts.size
  }

  /** Counts a wrong token. @returns the milliseconds by which to delay the response */
  note(address: string): number {
    const now = this.#now()
    const before = this.#counts.get(address)
    const isOver = before === undefined || now - before.last > WRONG_TOKENS_FORGOTTEN_AFTER
    const wrong = isOver ? 1 : before.wrong + 1
    // The most recent come last, so the first one is forgotten.
    this.#counts.delete(address)
    this.#counts.set(address, { wrong, last: now })
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > MOST_WRONG_TOKENS_COUNTED && oldest !== undefined) this.#counts.delete(oldest)
    return wrong <= FREE_WRONG_TOKENS ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (wrong - FREE_WRONG_TOKENS - 1))
  }

  /** Counts a wrong token and waits for its delay. @returns false if too many responses are delayed already */
  async slow(address: string): Promise<boolean> {
    const wait = this.note(address)
    if (wait === 0) return true
    if (this.#waiting >= MOST_SLOWED_AT_ONCE) return false
    this.#waiting++
    try {
      await delay(wait)
      return true
    } finally {
      this.#waiting--
    }
  }
}
