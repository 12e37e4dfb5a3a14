import type { PackageName } from '../../src/schema/name.ts'
import { inTime } from '../../src/core/concurrency.ts'
import { CpmError } from '../../src/core/errors.ts'
import { STALE_AFTER, UPSTREAM_ASKED_AGAIN_AFTER } from '../http/limits.ts'

/**
 * Tracks which names are served from old copies because the upstream registry can't be reached. Proofs stay valid, but
 * newer versions and changes of status may be missing, so such a response says how old it is.
 */
export class Outage {
  readonly #stale = new Map<PackageName, Date>()
  readonly #asked = new Map<PackageName, Date>()
  readonly #onBegin: (error: CpmError) => void
  /** until then no request waits for the upstream, which accepted connections but did not answer */
  #silentUntil = 0

  /** @param onBegin called once per outage */
  constructor(onBegin: (error: CpmError) => void) {
    this.#onBegin = onBegin
  }

  /** Returns when the name, or the stalest name, was last up to date; undefined if it still is. */
  since(name?: PackageName): Date | undefined {
    if (name !== undefined) return this.#stale.get(name)
    return this.#stale.size === 0 ? undefined : new Date(Math.min(...[...this.#stale.values()].map(Number)))
  }

  /**
   * Asks the upstream about a name that has a copy.
   * @param copied when the copy was made
   * @returns the answer; undefined if the copy must be used
   */
  async ask<T>(name: PackageName, copied: Date, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await this.#inTime(work)
      this.#stale.clear()
      this.#asked.set(name, new Date())
      return answer
    } catch (error) {
      if (!(error instanceof CpmError) || !CANT_BE_ASKED.has(error.code)) throw error
      if (this.#stale.size === 0) this.#onBegin(error)
      this.#stale.set(name, this.#asked.get(name) ?? copied)
      return undefined
    }
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#silentUntil) throw silent()
    return await inTime(work(), STALE_AFTER, () => {
      this.#silentUntil = performance.now() + UPSTREAM_ASKED_AGAIN_AFTER
      return silent()
    })
  }
}

const CANT_BE_ASKED = new Set(['REGISTRY_UNREACHABLE', 'REGISTRY_BUSY'])

function silent(): CpmError {
  return new CpmError(
    'REGISTRY_UNREACHABLE',
    `the upstream registry did not answer within ${STALE_AFTER / 1000} seconds`,
  )
}
