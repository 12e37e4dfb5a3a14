import { count } from '../../core/amounts.ts'
import { floatOf } from '../../core/exact-json.ts'
import { MAX_NODES } from '../../schema/specs/workflow.ts'
import { type Place, placeOf, type RenderedEntry, type RenderedNode } from './rendered.ts'

/** Thrown if a spec can't contain what an expression yields. */
export class ResultError extends Error {}

/** Thrown if the rendered document gets too large; rendering stops. */
export class OutputLimitError extends Error {
  /** whether the message already names the number of nodes */
  readonly isOfNodes: boolean

  constructor(message: string, isOfNodes = false) {
    super(message)
    this.isOfNodes = isOfNodes
  }
}

/** The limits of a rendered document. */
export interface OutputLimits {
  /** nodes of the workflow */
  readonly nodes: number
  /** keys, and values of any kind */
  readonly values: number
  readonly depth: number
  /** characters in all keys and strings */
  readonly text: number
}

/**
 * An ordinary node has about 50 values and 300 characters, so a workflow reaches the limit of nodes first. With 10,000
 * nodes of 50 to 80 values, cpm uses about 600 MB, and for a bomb, which is refused, about 350 MB (measured).
 */
export const OUTPUT_LIMITS: OutputLimits = { nodes: MAX_NODES, values: 1_000_000, depth: 64, text: 32 * 1024 * 1024 }

/** Counts the contents of a document, so that it is refused before it fills the memory. */
export class OutputSize {
  readonly #limits: OutputLimits
  #nodes = 0
  #values = 0
  #text = 0

  constructor(limits: OutputLimits) {
    this.#limits = limits
  }

  /** @throws OutputLimitError if a value exceeds a limit */
  add(depth: number, text: number): void {
    this.#values++
    this.#text += text
    const { values, depth: deepest, text: longest } = this.#limits
    if (this.#values > values) throw new OutputLimitError(`the rendered workflow has more than ${values} values`)
    if (depth > deepest) throw new OutputLimitError(`the rendered workflow is nested deeper than ${deepest}`)
    if (this.#text > longest)
      throw new OutputLimitError(`the rendered workflow is larger than ${longest / 1024 / 1024} MiB`)
  }

  /** Counts a node of the workflow. */
  addNode(): void {
    this.#nodes++
  }

  /** Checks the number of nodes once all are known, so that the message can name it. @throws OutputLimitError */
  checkNodes(): void {
    const { nodes } = this.#limits
    if (this.#nodes > nodes)
      throw new OutputLimitError(`the workflow has ${this.#nodes} nodes, and the limit is ${nodes} nodes`, true)
  }

  /** Returns the message of an error that stopped the rendering early, with the number of nodes made until then. */
  messageOf(error: OutputLimitError): string {
    const { nodes } = this.#limits
    if (error.isOfNodes || this.#nodes === 0) return error.message
    return this.#nodes > nodes
      ? `the workflow has more than ${this.#nodes} nodes, and the limit is ${nodes} nodes`
      : `${error.message} (after ${count(this.#nodes, 'node')})`
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
