import { floatOf } from '../../core/exact-json.ts'
import { type Place, placeOf, type RenderedEntry, type RenderedNode } from './rendered.ts'

/** Thrown if a spec can't contain what an expression yields. */
export class ResultError extends Error {}

/** Thrown if the rendered document gets too large; rendering stops. */
export class OutputLimitError extends Error {}

/** The limits of a rendered document. */
export interface OutputLimits {
  readonly nodes: number
  readonly depth: number
  /** characters in all keys and strings */
  readonly text: number
}

export const OUTPUT_LIMITS: OutputLimits = { nodes: 100_000, depth: 64, text: 4 * 1024 * 1024 }

/** Counts the contents of a document, so that it is refused before it fills the memory. */
export class OutputSize {
  readonly #limits: OutputLimits
  #nodes = 0
  #text = 0

  constructor(limits: OutputLimits) {
    this.#limits = limits
  }

  /** @throws OutputLimitError if the node exceeds a limit */
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
 * Converts the result of an expression to nodes of the rendered document. Refuses integers beyond 2^53, which JSON
 * can't represent exactly.
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
  if (!isPlainMap(value)) throw new ResultError("the expression yields a value that a spec can't contain")
  const entries = [...(value instanceof Map ? value : Object.entries(value))]
  return {
    ...at,
    kind: 'map',
    entries: entries.map(([key, entry]): RenderedEntry => {
      if (typeof key !== 'string' || key === '__proto__') throw new ResultError('the keys of a map must be strings')
      size.add(depth, key.length)
      return { key, keyPlace: placeOf(place), node: resultNode(entry, place, depth + 1, size) }
    }),
  }
}

/** Converts the result of an expression to a part of a string. */
export function resultText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return String(exactInteger(value))
  if (typeof value === 'number') return String(finiteNumber(value))
  if (typeof value === 'boolean') return String(value)
  throw new ResultError('only a string, number or boolean can be part of a string')
}

function exactInteger(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number))
    throw new ResultError(`the integer ${value} is beyond 2^53 and can't be represented exactly`)
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
