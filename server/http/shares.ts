import { CpmError } from '../../src/core/errors.ts'

/** Who takes a place: a client is known by its token, where one was needed, and by its address. */
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
 * A bounded number of places, of which no token and no address can hold all: whoever takes their whole share leaves room for others.
 * Counts exist only while places are held, so their memory is bounded by the number of places.
 */
export class Shares {
  readonly #limits: ShareLimits
  readonly #what: string
  readonly #held = new Map<string, number>()
  #total = 0

  /** @param what the places are for, in the plural, for messages */
  constructor(limits: ShareLimits, what: string) {
    this.#limits = limits
    this.#what = what
  }

  /** Takes a place. @returns what gives it back, once. @throws CpmError REGISTRY_BUSY */
  take({ token, address }: Claimant): () => void {
    const { total, ofOneAddress, ofOneToken } = this.#limits
    const owners: [key: string, most: number, fact: string][] = [
      [`address ${address}`, ofOneAddress, `${ofOneAddress} ${this.#what} from your address are under way already`],
      ...(token === undefined
        ? []
        : [
            [
              `token ${token}`,
              ofOneToken,
              `${ofOneToken} ${this.#what} with your token are under way already`,
            ] as never,
          ]),
    ]
    if (this.#total >= total) throw new CpmError('REGISTRY_BUSY', `${total} ${this.#what} are under way already`)
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
