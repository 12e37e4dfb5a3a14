import { floatOf } from '../../core/exact-json.ts'
import { type Place, placeOf, type RenderedEntry, type RenderedNode } from './rendered.ts'

/** Thrown when what an expression yields can't stand in a spec. */
export class ResultError extends Error {}

/** Thrown when the rendered document becomes larger than it may: nothing after it is worth rendering. */
export class OutputLimitError extends Error {}

/** What a whole rendered document may hold. */
export interface OutputLimits {
  readonly nodes: number
  readonly depth: number
  /** characters of all keys and texts together */
  readonly text: number
}

export const OUTPUT_LIMITS: OutputLimits = { nodes: 100_000, depth: 64, text: 4 * 1024 * 1024 }

/** Counts what a document comes to hold, so that it is refused before it fills the memory. */
export class OutputSize {
  readonly #limits: OutputLimits
  #nodes = 0
  #text = 0

  constructor(limits: OutputLimits) {
    this.#limits = limits
  }

  /** @throws OutputLimitError when a node is one too many */
  add(depth: number, text: number): void {
    this.#nodes++
    this.#text += text
    const { nodes, depth: deepest, text: longest } = this.#limits
    if (this.#nodes > nodes) throw new OutputLimitError(`the rendered workflow has more than ${nodes} values`)
    if (depth > deepest) throw new OutputLimitError(`the rendered workflow is nested deeper than ${deepest}`)
    if (this.#text > longest)
      throw new OutputLimitError(`the rendered workflow is larger than ${longest / 1024 / 1024} MiB`)
  }
}

/**
 * What an expression yields, as nodes of the rendered document. Integers are exact or refused: JSON knows them up to 2^53.
 * @throws ResultError, OutputLimitError
 */
export function resultNode(value: unknown, place: Place, depth: number, size: OutputSize): RenderedNode {
  const at = { ...placeOf(place), isComputed: true }
  size.add(depth, typeof value === 'string' ? value.length : 0)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { ...at, kind: 'scalar', value }
  if (typeof value === 'bigint') return { ...at, kind: 'scalar', value: exactInteger(value) }
  if (typeof value === 'number') return { ...at, kind: 'scalar', value: floatOf(finiteNumber(value)) }
  if (Array.isArray(value))
    return { ...at, kind: 'list', items: value.map((item) => resultNode(item, place, depth + 1, size)) }
  if (!isPlainMap(value)) throw new ResultError("the expression yields a kind of value that a spec can't hold")
  const entries = [...(value instanceof Map ? value : Object.entries(value))]
  return {
    ...at,
    kind: 'map',
    entries: entries.map(([key, entry]): RenderedEntry => {
      if (typeof key !== 'string' || key === '__proto__') throw new ResultError('the keys of a map must be texts')
      size.add(depth, key.length)
      return { key, keyPlace: placeOf(place), node: resultNode(entry, place, depth + 1, size) }
    }),
  }
}

/** What an expression yields, as a piece of a text. */
export function resultText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return String(exactInteger(value))
  if (typeof value === 'number') return String(finiteNumber(value))
  if (typeof value === 'boolean') return String(value)
  throw new ResultError('only a text, a number, true or false can stand in a text')
}

function exactInteger(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number))
    throw new ResultError(`the integer ${value} is beyond 2^53 and can't be kept exactly`)
  return number
}

function finiteNumber(value: number): number {
  if (!Number.isFinite(value)) throw new ResultError('the expression yields a number that is not finite')
  return value + 0 // -0 is 0
}

function isPlainMap(value: unknown): value is Record<string, unknown> | Map<unknown, unknown> {
  if (value === null || typeof value !== 'object') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return value instanceof Map || prototype === Object.prototype || prototype === null
}
