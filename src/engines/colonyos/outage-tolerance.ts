import { setTimeout as delay } from 'node:timers/promises'
import type { Emit } from '../../schema/events.ts'
import { CpmError } from '../../core/errors.ts'

interface OutageToleranceOptions {
  emit: Emit
  /** milliseconds that a server may be away */
  limit: number
  /** milliseconds between two attempts */
  pause: number
}

/** Statuses that a proxy returns while its server restarts. */
const AWAY = [502, 503, 504]

/**
 * Lets commands follow a run through a short outage of its server, such as a restart, which does not affect the run.
 * Shared by all followers, so that an outage is reported once. Does not wait for a server that never answered.
 */
export class OutageTolerance {
  readonly #options: OutageToleranceOptions
  #since: number | undefined
  #wasThere = false

  constructor(options: OutageToleranceOptions) {
    this.#options = options
  }

  /**
   * Repeats a read-only request until there is an answer.
   * @throws CpmError COLONY_UNREACHABLE or COLONY_MISBEHAVED, with a hint, once the server was away for too long
   */
  async ask<T>(run: string, asked: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (;;) {
      signal?.throwIfAborted()
      try {
        const answer = await asked()
        this.met()
        return answer
      } catch (error) {
        if (!this.#wasThere || !isAway(error)) throw error
        this.#lost(run, error)
      }
      await delay(this.#options.pause, undefined, { signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw error
      })
    }
  }

  /** Records that the server has answered. */
  met(): void {
    this.#wasThere = true
    this.#since = undefined
  }

  #lost(run: string, { code, message, details }: CpmError): void {
    const { emit, limit } = this.#options
    const now = performance.now()
    if (this.#since === undefined) {
      this.#since = now
      const hint = `still trying for ${limit / 1000} s; the run ${run} continues in the colony`
      if (limit > 0) emit({ type: 'warning', code, message, hint })
    }
    if (now - this.#since >= limit)
      throw new CpmError(code, `${message}; the run ${run} may continue there`, {
        hint: `cpm workflow wait ${run}`,
        details: { ...details, run },
      })
  }
}

function isAway(error: unknown): error is CpmError {
  if (!(error instanceof CpmError)) return false
  return (
    error.code === 'COLONY_UNREACHABLE' ||
    (error.code === 'COLONY_MISBEHAVED' && AWAY.includes(Number(error.details.status)))
  )
}
