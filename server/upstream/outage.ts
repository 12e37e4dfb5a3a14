import type { PackageName } from '../../src/schema/name.ts'
import { inTime } from '../../src/core/concurrency.ts'
import { CpmError } from '../../src/core/errors.ts'
import { STALE_AFTER, UPSTREAM_ASKED_AGAIN_AFTER } from '../http/limits.ts'

/**
 * Which names are served as they were known before, because the other registry can't be asked. What was proven stays true, but newer versions,
 * and what was said of old ones, may be missing: so such an answer tells since when.
 */
export class Outage {
  readonly #stale = new Map<PackageName, Date>()
  readonly #asked = new Map<PackageName, Date>()
  readonly #onBegin: (error: CpmError) => void
  /** a host that takes connections and never answers is not waited for by every request */
  #silentUntil = 0

  /** @param onBegin told once for each outage */
  constructor(onBegin: (error: CpmError) => void) {
    this.#onBegin = onBegin
  }

  /** When the name, or the oldest of all stale ones, was last known to be up to date; undefined for what is. */
  since(name?: PackageName): Date | undefined {
    if (name !== undefined) return this.#stale.get(name)
    return this.#stale.size === 0 ? undefined : new Date(Math.min(...[...this.#stale.values()].map(Number)))
  }

  /**
   * Asks about a name of which there is a copy. @returns the answer, or undefined where the copy must do
   * @param copied when the copy was made
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
