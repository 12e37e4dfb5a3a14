import { setTimeout as delay } from 'node:timers/promises'
import { CpmError } from '../core/errors.ts'

/** A failure that the next attempt may not repeat. */
export class Transient extends Error {
  /** the error to throw if there is no further attempt */
  readonly error: CpmError
  /** the seconds that the server asks to wait */
  readonly after: number | undefined

  constructor(error: CpmError, after?: number) {
    super(error.message, { cause: error })
    this.error = error
    this.after = after
  }
}

interface RetryOptions {
  /** attempts after the first one */
  retries: number
  /** ends the wait */
  signal: AbortSignal
  /** whether the failed attempt got further than all before it, so that it does not count */
  hasProgressed?: () => boolean
}

const FIRST_WAIT = 200
const LONGEST_WAIT = 10_000
const LONGEST_REQUESTED_WAIT = 60

/**
 * Retries after transient failures. Waits grow exponentially with full jitter, so that many clients don't return at
 * once, and are never shorter than the server's Retry-After.
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  { retries, signal, hasProgressed = () => false }: RetryOptions,
): Promise<T> {
  for (let failures = 0; ;) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Transient)) throw error
      const { after = 0 } = error
      if (after > LONGEST_REQUESTED_WAIT) throw askedToWait(error.error, after)
      failures = hasProgressed() ? 0 : failures + 1
      if (failures > retries) throw error.error
      const backOff = Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures)
      await delay(Math.max(1000 * after, backOff), undefined, { signal }).catch(() => {
        signal.throwIfAborted()
      })
    }
  }
}

function askedToWait({ message, details, cause }: CpmError, seconds: number): CpmError {
  return new CpmError('REGISTRY_BUSY', `${message}; it asks to retry in ${seconds} s`, {
    hint: `run the command again in ${seconds} s`,
    details: { ...details, retryAfter: seconds },
    cause,
  })
}

/** Parses a Retry-After header, a number or a date, to seconds; undefined if it is invalid. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const date = /^[A-Z][a-z]{2,8}, .* GMT$/.test(header) ? Date.parse(header) : NaN
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}
