import { setTimeout as delay } from 'node:timers/promises'
import type { Emit } from '../../schema/events.ts'
import { CpmError } from '../../core/errors.ts'

interface OutageToleranceOptions {
  emit: Emit
  /** milliseconds that a server may be away */
  limit: number
  /** milliseconds between two tries */
  pause: number
}

/** What a proxy says whose server is being started anew. */
const AWAY = [502, 503, 504]

/**
 * Keeps those who follow a run from giving up while its server is away for a while, as when it is started anew: the run is not in danger, it
 * lives there. One for all who follow, so that an outage is told of once. A server that never answered is not waited for.
 */
export class OutageTolerance {
  readonly #options: OutageToleranceOptions
  #since: number | undefined
  #wasThere = false

  constructor(options: OutageToleranceOptions) {
    this.#options = options
  }

  /**
   * Asks for what only reads, again and again while nobody answers.
   * @throws CpmError COLONY_UNREACHABLE or COLONY_MISBEHAVED, with what can be done then, once the server was away for too long
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

  /** The server has answered. */
  met(): void {
    this.#wasThere = true
    this.#since = undefined
  }

  #lost(run: string, { code, message, details }: CpmError): void {
    const { emit, limit } = this.#options
    const now = performance.now()
    if (this.#since === undefined) {
      this.#since = now
      const hint = `still following the run ${run}, for ${limit / 1000} s; it goes on there whatever becomes of this command`
      if (limit > 0) emit({ type: 'warning', code, message, hint })
    }
    if (now - this.#since >= limit)
      throw new CpmError(code, `${message}; the run ${run} may go on there`, {
        hint: `cpm workflow wait ${run}, once the server is back`,
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
