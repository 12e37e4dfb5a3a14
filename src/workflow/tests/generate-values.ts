import type { InputDeclaration, ValueType } from '../../schema/input.ts'

const WORDS = ['ada', 'bit', 'cell', 'dot', 'edge', 'fir', 'gold', 'hill']
const LONGEST_LIST = 3
const BOUND = 100

/**
 * Makes values that fit the declared inputs. The same seed and round make the same values on every machine. The first
 * round sets only required inputs; the second and third set all inputs, to their lowest and highest values.
 */
export function generateValues(
  inputs: readonly InputDeclaration[],
  { seed, round }: { seed: number; round: number },
): Record<string, unknown> {
  return new Generator(seed * 1000 + round, round).values(inputs)
}

class Generator {
  readonly #round: number
  #state: number
  #made = 0

  constructor(seed: number, round: number) {
    this.#state = seed >>> 0
    this.#round = round
  }

  /** Returns values by full key, such as `store.url`: groups are not maps here. */
  values(inputs: readonly InputDeclaration[]): Record<string, unknown> {
    const chosen = inputs.filter((input) => this.#isChosen(input))
    return Object.fromEntries(chosen.map((input) => [input.key, this.#value(input)]))
  }

  #isChosen({ required }: ValueType): boolean {
    if (required === true || this.#round === 1 || this.#round === 2) return true
    return this.#round > 2 && this.#below(2) === 0
  }

  #value(type: ValueType): unknown {
    const { options } = type
    if (options) return options[this.#pick(options.length)]
    if (type.secret === true && type.type !== 'list' && type.type !== 'map') return `secret:${this.#word()}`
    switch (type.type) {
      case 'integer':
        return this.#integer(Math.ceil(type.min ?? defaultMin(type)), Math.floor(type.max ?? defaultMax(type)))
      case 'number':
        return this.#number(type.min ?? defaultMin(type), type.max ?? defaultMax(type))
      case 'boolean':
        return this.#pick(2) === 1
      case 'list':
        return Array.from({ length: 1 + this.#pick(LONGEST_LIST) }, () =>
          type.items ? this.#value(type.items) : this.#word(),
        )
      case 'map':
        return type.fields ? this.values(type.fields) : { [this.#word()]: this.#word() }
      case 'path':
        return `${this.#word()}.txt`
      default:
        return this.#word()
    }
  }

  /** Returns a short word that differs each time, so that names made of words do not collide. */
  #word(): string {
    return `${WORDS[this.#below(WORDS.length)] ?? ''}${this.#made++}`
  }

  #integer(min: number, max: number): number {
    return min + this.#pick(Math.max(1, max - min + 1))
  }

  #number(min: number, max: number): number {
    return min + ((max - min) * this.#pick(5)) / 4
  }

  /** Picks one of n: the first or the last in the rounds that try the extremes. */
  #pick(n: number): number {
    if (this.#round <= 1) return 0
    return this.#round === 2 ? n - 1 : this.#below(n)
  }

  /** Returns the next pseudo-random number (mulberry32) below n. */
  #below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n)
  }
}

function defaultMin({ max }: ValueType): number {
  return max === undefined ? 1 : Math.min(1, max)
}

function defaultMax({ min }: ValueType): number {
  return min === undefined ? BOUND : Math.max(BOUND, min)
}
