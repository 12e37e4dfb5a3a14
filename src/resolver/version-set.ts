const BITS = 32

/** The index for "this package is left out". */
export const LEFT_OUT = 0

/**
 * A set of states of one package, as bits. A package is in one of finitely many states: left out (index 0), or
 * installed in one of its versions, oldest first (indexes 1 and up). Because "left out" is a state too, the negation of
 * a statement about a package is its complement, and positive and negative statements follow the same rules.
 *
 * Most packages have fewer than 32 versions, so the first word has its own field. For them, each operation is a single
 * machine operation.
 */
export class VersionSet {
  /** the number of indexes, in the set or not */
  readonly size: number
  /** indexes 0 to 31 */
  readonly first: number
  /** indexes 32 and up; undefined if there are none */
  readonly rest: Int32Array | undefined
  private counted: number

  private constructor(size: number, first: number, rest: Int32Array | undefined) {
    this.size = size
    this.first = first
    this.rest = rest
    this.counted = -1
  }

  static empty(size: number): VersionSet {
    return new VersionSet(size, 0, size > BITS ? new Int32Array(Math.ceil(size / BITS) - 1) : undefined)
  }

  static full(size: number): VersionSet {
    return VersionSet.empty(size).complement()
  }

  static of(size: number, versionIndexes: Iterable<number>): VersionSet {
    let first = 0
    const rest = size > BITS ? new Int32Array(Math.ceil(size / BITS) - 1) : undefined
    for (const versionIndex of versionIndexes) {
      if (versionIndex < BITS) first |= 1 << versionIndex
      else if (rest) rest[(versionIndex >>> 5) - 1] = (rest[(versionIndex >>> 5) - 1] ?? 0) | (1 << (versionIndex & 31))
    }
    return new VersionSet(size, first, rest)
  }

  /** Makes a set of the indexes from `from` up to, but not including, `to`. */
  static span(size: number, from: number, to: number): VersionSet {
    const rest = size > BITS ? new Int32Array(Math.ceil(size / BITS) - 1) : undefined
    if (rest) for (let word = 0; word < rest.length; word++) rest[word] = spanOfWord((word + 1) * BITS, from, to)
    return new VersionSet(size, spanOfWord(0, from, to), rest)
  }

  /** Makes a set with one index. */
  static single(size: number, versionIndex: number): VersionSet {
    return size > BITS ? VersionSet.of(size, [versionIndex]) : new VersionSet(size, 1 << versionIndex, undefined)
  }

  has(versionIndex: number): boolean {
    return (
      ((versionIndex < BITS ? this.first : (this.rest?.[(versionIndex >>> 5) - 1] ?? 0)) &
        (1 << (versionIndex & 31))) !==
      0
    )
  }

  get isEmpty(): boolean {
    return this.first === 0 && (this.rest === undefined || this.rest.every((word) => word === 0))
  }

  get isFull(): boolean {
    return this.count === this.size
  }

  get count(): number {
    if (this.counted < 0) {
      let count = bitCount(this.first)
      if (this.rest !== undefined) for (const word of this.rest) count += bitCount(word)
      this.counted = count
    }
    return this.counted
  }

  /** The highest index in the set, -1 for the empty set. */
  get highest(): number {
    const { rest = NOTHING } = this
    for (let index = rest.length - 1; index >= 0; index--) {
      const word = rest[index] ?? 0
      if (word !== 0) return (index + 1) * BITS + (BITS - 1 - Math.clz32(word))
    }
    return BITS - 1 - Math.clz32(this.first)
  }

  /** The lowest index in the set other than 0; 0 if there is none. */
  get lowestVersion(): number {
    const versions = this.first & ~1
    if (versions !== 0) return BITS - 1 - Math.clz32(versions & -versions)
    const { rest = NOTHING } = this
    const index = rest.findIndex((word) => word !== 0)
    const word = rest[index] ?? 0
    return word === 0 ? 0 : (index + 1) * BITS + (BITS - 1 - Math.clz32(word & -word))
  }

  /** Returns the indexes in the set, ascending. */
  versionIndexes(): number[] {
    const found: number[] = []
    for (let versionIndex = 0; versionIndex < this.size; versionIndex++)
      if (this.has(versionIndex)) found.push(versionIndex)
    return found
  }

  equals(other: VersionSet): boolean {
    return this.first === other.first && (this.rest === undefined || sameWords(this.rest, other.rest ?? NOTHING))
  }

  isSubsetOf(other: VersionSet): boolean {
    if ((this.first & ~other.first) !== 0) return false
    return this.rest === undefined || restIsSubset(this.rest, other.rest ?? NOTHING)
  }

  isDisjointFrom(other: VersionSet): boolean {
    if ((this.first & other.first) !== 0) return false
    return this.rest === undefined || restIsDisjoint(this.rest, other.rest ?? NOTHING)
  }

  intersect(other: VersionSet): VersionSet {
    const rest = this.rest && intersectionOf(this.rest, other.rest ?? NOTHING)
    return new VersionSet(this.size, this.first & other.first, rest)
  }

  union(other: VersionSet): VersionSet {
    const rest = this.rest && unionOf(this.rest, other.rest ?? NOTHING)
    return new VersionSet(this.size, this.first | other.first, rest)
  }

  minus(other: VersionSet): VersionSet {
    const rest = this.rest && differenceOf(this.rest, other.rest ?? NOTHING)
    return new VersionSet(this.size, this.first & ~other.first, rest)
  }

  complement(): VersionSet {
    const spare = Math.ceil(this.size / BITS) * BITS - this.size
    if (this.rest === undefined) return new VersionSet(this.size, ~this.first & (-1 >>> spare), undefined)
    const rest = this.rest.map((word) => ~word)
    const last = rest.length - 1
    rest[last] = (rest[last] ?? 0) & (-1 >>> spare)
    return new VersionSet(this.size, ~this.first, rest)
  }
}

const NOTHING = new Int32Array(0)

/** Returns the part of a span that is in the word starting at an index. */
function spanOfWord(begin: number, from: number, to: number): number {
  const low = Math.max(from - begin, 0)
  const high = Math.min(to - begin, BITS)
  return high <= low ? 0 : (-1 >>> (BITS - (high - low))) << low
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function restIsSubset(a: Int32Array, b: Int32Array): boolean {
  for (let index = 0; index < a.length; index++) if (((a[index] ?? 0) & ~(b[index] ?? 0)) !== 0) return false
  return true
}

function restIsDisjoint(a: Int32Array, b: Int32Array): boolean {
  for (let index = 0; index < a.length; index++) if (((a[index] ?? 0) & (b[index] ?? 0)) !== 0) return false
  return true
}

function intersectionOf(a: Int32Array, b: Int32Array): Int32Array {
  const words = new Int32Array(a.length)
  for (let index = 0; index < words.length; index++) words[index] = (a[index] ?? 0) & (b[index] ?? 0)
  return words
}

function unionOf(a: Int32Array, b: Int32Array): Int32Array {
  const words = new Int32Array(a.length)
  for (let index = 0; index < words.length; index++) words[index] = (a[index] ?? 0) | (b[index] ?? 0)
  return words
}

function differenceOf(a: Int32Array, b: Int32Array): Int32Array {
  const words = new Int32Array(a.length)
  for (let index = 0; index < words.length; index++) words[index] = (a[index] ?? 0) & ~(b[index] ?? 0)
  return words
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
