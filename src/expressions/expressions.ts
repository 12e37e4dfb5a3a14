import { Budget, BudgetError } from './budget.ts'
import { Checker } from './checker.ts'
import { Evaluator } from './evaluator.ts'
import { ExpressionError, type ExpressionProblem } from './expression-error.ts'
import { type Node, parseExpression } from './syntax.ts'
import { closed, DYN, type Type } from './types.ts'

export { ExpressionError } from './expression-error.ts'
export { elementTypeOf, INT, STRING, type Type } from './types.ts'

/**
 * Expressions: CEL, typed by the variables of a scope. They see these variables and nothing of the machine: no files,
 * environment, clock, network or randomness. docs/expressions.md describes the whole language.
 */

/** What an expression yields, as far as its type shows: a plain value, a list or map, either, or nothing usable. */
export type ResultKind = 'scalar' | 'null' | 'data' | 'any' | 'unusable'

/** The variables of a place besides the scope, such as those of `$for` and `$let`, with their types. */
export type Locals = ReadonlyMap<string, Type>

export type CheckedExpression = {
  /** the inputs that the expression reads, such as `inputs.store.url` and `inputs.datasets[].name`, sorted */
  readonly reads: readonly string[]
} & (
  { type: Type; kind: ResultKind; problems: [] } | { type: undefined; kind: undefined; problems: ExpressionProblem[] }
)

const MAX_STEPS = 5_000_000

interface ExpressionOptions {
  maxSteps?: number
}

const NO_LOCALS: Locals = new Map()

export class Expressions {
  readonly #variables: ReadonlyMap<string, Type>
  readonly #budget: Budget
  readonly #parsed = new Map<string, Node>()

  /** @param variables the type of each variable in scope */
  constructor(variables: ReadonlyMap<string, Type>, { maxSteps = MAX_STEPS }: ExpressionOptions = {}) {
    this.#variables = variables
    this.#budget = new Budget(maxSteps)
  }

  /** Checks an expression before any value is known, and reports all of its problems. */
  check(source: string, locals: Locals = NO_LOCALS): CheckedExpression {
    const { node, problem } = parseExpression(source)
    if (!node) return { type: undefined, kind: undefined, problems: [problem], reads: [] }
    const checker = new Checker(source)
    const type = this.#infer(checker, node, locals)
    const reads = [...checker.reads].sort()
    if (checker.problems.length === 0) return { type, kind: kindOf(type), problems: [], reads }
    const problems = checker.problems.sort((a, b) => a.offset - b.offset)
    return { type: undefined, kind: undefined, problems, reads }
  }

  /**
   * Evaluates a checked expression; ints are BigInt, lists are arrays, maps are Map.
   * @param locals the values of the locals that it was checked with, as other expressions yielded them
   * @throws ExpressionError
   */
  evaluate(source: string, values: ReadonlyMap<string, unknown>, locals?: ReadonlyMap<string, unknown>): unknown {
    try {
      const scope = { values, outer: undefined }
      const frame = locals ? { values: locals, outer: scope } : scope
      return new Evaluator(source, this.#budget.spend).compute(this.#parse(source), frame)
    } catch (error) {
      if (error instanceof BudgetError) throw new ExpressionError(error.message)
      if (error instanceof RangeError)
        throw new ExpressionError('the expression is nested too deeply, or its result is too large')
      throw error
    }
  }

  #infer(checker: Checker, node: Node, locals: Locals): Type {
    try {
      return closed(checker.infer(node, new Map([...this.#variables, ...locals])))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      checker.problems.push({ offset: 0, message: 'the expression is nested too deeply' })
      return DYN
    }
  }

  #parse(source: string): Node {
    const found = this.#parsed.get(source)
    if (found) return found
    const { node, problem } = parseExpression(source)
    if (!node) throw new ExpressionError(problem.message, problem.offset)
    this.#parsed.set(source, node)
    return node
  }
}

function kindOf({ kind }: Type): ResultKind {
  switch (kind) {
    case 'string':
    case 'int':
    case 'double':
    case 'bool':
      return 'scalar'
    case 'null':
      return 'null'
    case 'dyn':
      return 'any'
    case 'list':
    case 'map':
    case 'record':
      return 'data'
    default:
      return 'unusable'
  }
}
