import type { Emit } from '../schema/events.ts'

/** milliseconds between two events */
const INTERVAL = 100

/** Adds up how many bytes of several archives have arrived over the network, and emits the sum now and then. */
export class DownloadProgress {
  readonly #emit: Emit
  readonly #total: number
  #done = 0
  #emitted = -Infinity

  /** @param total bytes of all archives */
  constructor(emit: Emit, total: number) {
    this.#emit = emit
    this.#total = total
  }

  /** Returns a function that receives how many bytes of one archive have arrived. A retry may start over. */
  ofOne(): (arrived: number) => void {
    let before = 0
    return (arrived) => {
      this.#done += arrived - before
      before = arrived
      const now = performance.now()
      if (this.#done < this.#total && now - this.#emitted < INTERVAL) return
      this.#emitted = now
      this.#emit({ type: 'downloading', done: this.#done, total: this.#total })
    }
  }
}
