import { setTimeout as delay } from 'node:timers/promises'
import { MOST_SLOWED_AT_ONCE, MOST_WRONG_TOKENS_COUNTED, WRONG_TOKENS_FORGOTTEN_AFTER } from './limits.ts'

interface Count {
  wrong: number
  last: number
}

/** how many wrong tokens an address may send before its answers are delayed: a pipeline with an expired token sends a few */
export const FREE_WRONG_TOKENS = 20
const FIRST_DELAY = 100
const LONGEST_DELAY = 1000

/**
 * Slows down who sends wrong tokens: after the first few from an address, each answer takes twice as long as the one before. Right tokens
 * are never held up, also when they come from the same address. Both the counts and the answers that wait are bounded.
 */
export class WrongTokens {
  readonly #counts = new Map<string, Count>()
  readonly #now: () => number
  #waiting = 0

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** how many addresses are remembered */
  get size(): number {
    return this.#counts.size
  }

  /** Notes a wrong token. @returns milliseconds by which its answer is to be delayed */
  note(address: string): number {
    const now = this.#now()
    const before = this.#counts.get(address)
    const isOver = before === undefined || now - before.last > WRONG_TOKENS_FORGOTTEN_AFTER
    const wrong = isOver ? 1 : before.wrong + 1
    // The newest come last, so that the first is the one to forget.
    this.#counts.delete(address)
    this.#counts.set(address, { wrong, last: now })
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > MOST_WRONG_TOKENS_COUNTED && oldest !== undefined) this.#counts.delete(oldest)
    return wrong <= FREE_WRONG_TOKENS ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (wrong - FREE_WRONG_TOKENS - 1))
  }

  /** Waits for as long as a wrong token costs. @returns false where too many answers wait already */
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
