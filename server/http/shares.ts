import { CpmError } from '../../src/core/errors.ts'

/** The client that takes a slot, identified by its address and, if the request needs one, its token. */
export interface Claimant {
  readonly token: string | undefined
  readonly address: string
}

export interface ShareLimits {
  readonly total: number
  readonly ofOneAddress: number
  readonly ofOneToken: number
}

/**
 * A bounded number of slots. No token and no address can hold all of them, so there is always room for others. Counts
 * exist only while slots are held, so the number of slots also bounds the memory.
 */
export class Shares {
  readonly #limits: ShareLimits
  readonly #what: string
  readonly #held = new Map<string, number>()
  #total = 0

  /** @param what the slots are for, as a plural noun for messages */
  constructor(limits: ShareLimits, what: string) {
    this.#limits = limits
    this.#what = what
  }

  /** Takes a slot. @returns a function that releases it @throws CpmError REGISTRY_BUSY */
  take({ token, address }: Claimant): () => void {
    const { total, ofOneAddress, ofOneToken } = this.#limits
    const owners: [key: string, most: number, fact: string][] = [
      [`address ${address}`, ofOneAddress, `${ofOneAddress} ${this.#what} from your address are already in progress`],
      ...(token === undefined
        ? []
        : [
            [
              `token ${token}`,
              ofOneToken,
              `${ofOneToken} ${this.#what} with your token are already in progress`,
            ] as never,
          ]),
    ]
    if (this.#total >= total) throw new CpmError('REGISTRY_BUSY', `${total} ${this.#what} are already in progress`)
    for (const [key, most, fact] of owners)
      if ((this.#held.get(key) ?? 0) >= most) throw new CpmError('REGISTRY_BUSY', fact)
    for (const [key] of owners) this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    this.#total++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#total--
      for (const [key] of owners) this.#release(key)
    }
  }

  #release(key: string): void {
    const left = (this.#held.get(key) ?? 1) - 1
    if (left === 0) this.#held.delete(key)
    else this.#held.set(key, left)
  }
}
