import type { Path, Problem } from '../../core/yaml.ts'
import { ExpressionError } from '../../expressions/expressions.ts'
import { OutputLimitError, type OutputSize, ResultError, resultNode, resultText } from './result.ts'
import { type Evaluation, isDataPlace, type Locals, type Reads, type Where } from './evaluation.ts'
import { placeIn, problemAt } from './problems.ts'
import type { RenderedNode, Scalar } from './rendered.ts'
import type { Loop, TemplateExpression, TemplateNode } from './template-node.ts'

/** A loop with more iterations would exceed the size of a document. */
const MAX_ROUNDS = 100_000

/** Evaluates expressions of a checked template. Results fill scalars and are never parsed as YAML or expressions. */
export class ValueEvaluation implements Evaluation<unknown> {
  readonly problems: Problem[] = []
  readonly #reads: Reads
  readonly #size: OutputSize

  constructor(reads: Reads, size: OutputSize) {
    this.#reads = reads
    this.#size = size
  }

  text(node: TemplateNode & { kind: 'text' }, where: Where<unknown>): RenderedNode {
    const { parts } = node
    const { path, locals } = where
    const found = new Set(parts.flatMap((part) => (part.kind === 'expression' ? this.reads(part, locals) : [])))
    const reads = found.size > 0 ? { reads: [...found].sort() } : {}
    const at = { ...placeIn(node, where), isComputed: true, ...reads }
    const [first] = parts
    if (parts.length === 1 && first?.kind === 'expression') {
      const result = this.#compute(first, where, (value) => {
        const made = resultNode(value, at, path.length, this.#size)
        if (made.kind !== 'scalar' && !isDataPlace(path))
          throw new ResultError('the expression yields a list or map, but only plain values are allowed here')
        return placed(made, path)
      })
      return result ? { ...result, ...reads } : { ...at, kind: 'scalar', value: null }
    }
    const text = this.#join(parts, where)
    this.#size.add(path.length, text.length)
    return { ...at, kind: 'scalar', value: text }
  }

  local(node: TemplateNode & { kind: 'scalar' | 'text' }, where: Where<unknown>): unknown {
    if (node.kind === 'scalar') return celScalar(node.value)
    const [first] = node.parts
    if (node.parts.length === 1 && first?.kind === 'expression') return this.#compute(first, where, (value) => value)
    return this.#join(node.parts, where)
  }

  rounds({ list }: Loop, where: Where<unknown>): { item: unknown; index: unknown }[] {
    const items = this.#compute(list, where, (value) => {
      const items = itemsOf(value)
      if (!items) throw new ResultError('$for needs a list or map')
      if (items.length > MAX_ROUNDS) throw new OutputLimitError(`a loop has more than ${MAX_ROUNDS} iterations`)
      return items
    })
    return (items ?? []).map((item, index) => ({ item, index: BigInt(index) }))
  }

  condition(expression: TemplateExpression, where: Where<unknown>): boolean {
    const result = this.#compute(expression, where, (value) => {
      if (typeof value !== 'boolean') throw new ResultError('$if must be true or false')
      return value
    })
    return result === true
  }

  reads(expression: TemplateExpression, locals: Locals<unknown>): readonly string[] {
    return this.#reads.of(expression, locals)
  }

  #join(parts: (TemplateNode & { kind: 'text' })['parts'], where: Where<unknown>): string {
    return parts.map((part) => (part.kind === 'text' ? part.text : this.#compute(part, where, resultText))).join('')
  }

  /** Evaluates an expression. Failures are collected, so that all of them are reported at once. */
  #compute<T>(expression: TemplateExpression, where: Where<unknown>, use: (value: unknown) => T): T | undefined {
    const { scope, locals } = where
    const values = new Map([...locals].map(([name, { value }]) => [name, value]))
    try {
      return use(scope.expressions.evaluate(expression.source, scope.values, values))
    } catch (error) {
      if (!(error instanceof ExpressionError || error instanceof ResultError)) throw error
      const place = expression.place(error instanceof ExpressionError ? error.offset : 0)
      const reads = this.reads(expression, locals).filter((read) => !error.message.includes(read))
      const suffix = reads.length > 0 ? ` (it reads ${reads.join(', ')})` : ''
      this.problems.push(problemAt(placeIn(place, where), `${error.message}${suffix}`))
      return undefined
    }
  }
}

/** Converts floats to plain numbers outside data; only data keeps them apart from integers. */
function placed(node: RenderedNode, path: Path): RenderedNode {
  if (node.kind !== 'scalar' || !(node.value instanceof Number) || isDataPlace(path)) return node
  return { ...node, value: Number(node.value) }
}

function celScalar(value: Scalar): unknown {
  if (value instanceof Number) return Number(value)
  return Number.isInteger(value) ? BigInt(value as number) : value
}

/** Returns what a loop iterates over: the items of a list, or the keys of a map. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[]
  if (value instanceof Map) return [...(value as Map<unknown, unknown>).keys()]
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return undefined
  return Object.keys(value)
}
