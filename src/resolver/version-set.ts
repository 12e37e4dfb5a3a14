const BITS = 32

/**
 * A set of states of one package, as bits. A package is in one of finitely many states: left out (place 0), or
 * installed in one of its versions, oldest first (places 1 and up). With "left out" as a state of its own, to negate a
 * statement about a package is to take the complement, and both kinds of statement need no rules of their own.
 */
export class VersionSet {
  /** how many places there are, in the set or not */
  readonly size: number
  private readonly words: readonly number[]
  private counted = -1

  private constructor(size: number, words: readonly number[]) {
    this.size = size
    this.words = words
  }

  static empty(size: number): VersionSet {
    return new VersionSet(size, new Array<number>(Math.ceil(size / BITS)).fill(0))
  }

  static full(size: number): VersionSet {
    return VersionSet.empty(size).complement()
  }

  static of(size: number, places: Iterable<number>): VersionSet {
    const words = new Array<number>(Math.ceil(size / BITS)).fill(0)
    for (const place of places) words[place >>> 5] = (words[place >>> 5] ?? 0) | (1 << (place & 31))
    return new VersionSet(size, words)
  }

  has(place: number): boolean {
    return ((this.words[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0)
  }

  get isFull(): boolean {
    return this.count === this.size
  }

  get count(): number {
    if (this.counted < 0) {
      this.counted = 0
      for (const word of this.words) this.counted += bitCount(word)
    }
    return this.counted
  }

  /** The highest place in the set, -1 for the empty set. */
  get highest(): number {
    for (let index = this.words.length - 1; index >= 0; index--) {
      const word = this.words[index] ?? 0
      if (word !== 0) return index * BITS + (BITS - 1 - Math.clz32(word))
    }
    return -1
  }

  /** The places in the set, ascending. */
  places(): number[] {
    const found: number[] = []
    for (let place = 0; place < this.size; place++) if (this.has(place)) found.push(place)
    return found
  }

  equals(other: VersionSet): boolean {
    return this.words.every((word, index) => word === other.words[index])
  }

  isSubsetOf(other: VersionSet): boolean {
    for (let index = 0; index < this.words.length; index++) {
      if (((this.words[index] ?? 0) & ~(other.words[index] ?? 0)) !== 0) return false
    }
    return true
  }

  isDisjointFrom(other: VersionSet): boolean {
    for (let index = 0; index < this.words.length; index++) {
      if (((this.words[index] ?? 0) & (other.words[index] ?? 0)) !== 0) return false
    }
    return true
  }

  intersect(other: VersionSet): VersionSet {
    return new VersionSet(
      this.size,
      this.words.map((word, index) => word & (other.words[index] ?? 0)),
    )
  }

  union(other: VersionSet): VersionSet {
    return new VersionSet(
      this.size,
      this.words.map((word, index) => word | (other.words[index] ?? 0)),
    )
  }

  minus(other: VersionSet): VersionSet {
    return new VersionSet(
      this.size,
      this.words.map((word, index) => word & ~(other.words[index] ?? 0)),
    )
  }

  complement(): VersionSet {
    const spare = this.words.length * BITS - this.size
    return new VersionSet(
      this.size,
      this.words.map((word, index) => (index === this.words.length - 1 ? ~word & (-1 >>> spare) : ~word)),
    )
  }
}

function bitCount(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555)
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return (((pairs + (pairs >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}
