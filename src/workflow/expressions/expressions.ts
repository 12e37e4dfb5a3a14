import { EvaluationError, ParseError, type ParseResult, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import { Budget, meter } from './budget.ts'
import { type ExpressionProblem, ruleProblems } from './rules.ts'
import { Scope, type ScopeValues } from './scope.ts'
import type { Shape } from '../values/shape.ts'
import * as types from './types.ts'
import type { Type } from './types.ts'

export { elementTypeOf, INT, STRING, type Type } from './types.ts'

/**
 * The expressions of templates: CEL, in an environment of its own. They see `inputs`, `pkg` and `release`, and nothing
 * of the machine: no files, environment, clock, network or chance. This module and its neighbours `expression-*` are the only
 * ones that know the library.
 */

/** What an expression yields, as far as its type tells: one plain value, a list or map, either of them, or nothing usable. */
export type ResultKind = 'scalar' | 'null' | 'data' | 'any' | 'unusable'

/** The variables of a place besides the scope, as those of `$for` and `$let`, with the type of each. */
export type Locals = ReadonlyMap<string, Type>

export type CheckedExpression = {
  /** the inputs that the expression reads, as `inputs.store.url` and `inputs.datasets[].name` */
  readonly reads: readonly string[]
} & (
  { type: Type; kind: ResultKind; problems: [] } | { type: undefined; kind: undefined; problems: ExpressionProblem[] }
)

/** Thrown when an expression can't be computed with the values at hand. */
export class ExpressionError extends Error {
  readonly offset: number

  constructor(message: string, offset = 0) {
    super(message)
    this.offset = offset
  }
}

const MAX_LENGTH = 2048
const MAX_STEPS = 5_000_000
const MAX_MESSAGE = 200

interface ExpressionOptions {
  /** the names that `deps` has; any name when left out */
  dependencies?: Iterable<string>
  maxSteps?: number
}

const NO_LOCALS: Locals = new Map()

export class Expressions {
  readonly #inputs: Shape
  readonly #scope: Scope
  readonly #budget: Budget
  readonly #programs = new Map<string, ParseResult>()

  /** @param inputs the shape of the declared inputs, the root of all of them */
  constructor(inputs: Shape, { dependencies, maxSteps = MAX_STEPS }: ExpressionOptions = {}) {
    this.#inputs = inputs
    this.#scope = new Scope(inputs, dependencies)
    this.#budget = new Budget(maxSteps)
  }

  /** Checks an expression before any value is known. */
  check(source: string, locals: Locals = NO_LOCALS): CheckedExpression {
    const reads = new Set<string>()
    const fail = (problems: ExpressionProblem[]) => ({ type: undefined, kind: undefined, problems, reads: [...reads] })
    if (source.trim() === '') return fail([{ offset: 0, message: 'the expression is empty' }])
    if (source.length > MAX_LENGTH)
      return fail([{ offset: 0, message: `the expression is longer than ${MAX_LENGTH} characters` }])
    try {
      const program = this.#parse(source, locals)
      const problems = ruleProblems(program.ast, this.#inputs, locals.keys(), reads)
      if (problems.length > 0) return fail(problems)
      const { error, type = 'dyn' } = program.check()
      return error
        ? fail([problemOf(error)])
        : { type: typeOf(type), kind: kindOf(type), problems: [], reads: [...reads].sort() }
    } catch (error) {
      return fail([problemOf(error)])
    }
  }

  /**
   * Computes an expression that was checked; ints are BigInt, maps are Map or objects.
   * @param locals the values of the locals that it was checked with, as other expressions yielded them
   * @throws ExpressionError
   */
  evaluate(source: string, values: ReadonlyMap<string, unknown>, locals?: ReadonlyMap<string, unknown>): unknown {
    try {
      const result: unknown = this.#program(source, locals)(locals ? new Map([...values, ...locals]) : values)
      // The language's `||` and `exists` go on after an error of one side: what is spent stays spent.
      this.#budget.spend(0)
      return result
    } catch (error) {
      const { offset, message } = this.#budget.isSpent
        ? { offset: 0, message: 'it computes too much' }
        : problemOf(error)
      throw new ExpressionError(message, offset)
    }
  }

  /** The values as expressions see them, for `evaluate`. */
  bind(values: ScopeValues): ReadonlyMap<string, unknown> {
    return this.#scope.bind(values)
  }

  #parse(source: string, locals: Iterable<readonly [string, Type]>): ParseResult {
    const environment = this.#scope.environment.clone()
    for (const [name, type] of locals) environment.registerVariable(name, type.name)
    return environment.parse(source)
  }

  #program(source: string, locals: ReadonlyMap<string, unknown> = NO_LOCALS): ParseResult {
    const names = [...locals.keys()]
    const key = JSON.stringify([source, names])
    let program = this.#programs.get(key)
    if (!program) {
      program = this.#parse(source, names.map((name) => [name, types.DYN] as const)) // prettier-ignore
      meter(program.ast, (steps) => {
        this.#budget.spend(steps)
      })
      this.#programs.set(key, program)
    }
    return program
  }
}

/** The library's name of a type, read. */
function typeOf(name: string): Type {
  const inner = /^(list|map|optional|dyn)<(.*)>$/s.exec(name)
  const [, outer, text = ''] = inner ?? []
  if (outer === 'list') return types.listOf(typeOf(text))
  if (outer === 'optional') return types.optionalOf(typeOf(text))
  if (outer === 'map') {
    const comma = text.indexOf(', ')
    return types.mapOf(typeOf(text.slice(0, comma)), typeOf(text.slice(comma + 2)))
  }
  if (name === 'list') return types.listOf(types.DYN)
  if (name === 'map') return types.mapOf(types.DYN, types.DYN)
  const plain = [types.NULL, types.BOOL, types.INT, types.UINT, types.DOUBLE, types.STRING, types.BYTES].find(
    (type) => type.name === name,
  )
  return plain ?? (/^(?:inputs|pkg|release|colony|deps|dependency)\b/.test(name)
    ? { kind: 'record', name, fields: new Map() }
    : outer === 'dyn' || name === 'dyn' ? types.DYN : { ...types.TYPE, name }) // prettier-ignore
}

function kindOf(type: string): ResultKind {
  if (['string', 'int', 'double', 'bool'].includes(type)) return 'scalar'
  if (type === 'null') return 'null'
  if (type.startsWith('dyn')) return 'any'
  return /^(?:list|map|inputs|pkg|release|colony|deps|dependency)\b/.test(type) ? 'data' : 'unusable'
}

/** The library's errors in our words; their places count from the beginning of the expression. */
function problemOf(error: unknown): ExpressionProblem {
  if (error instanceof RangeError) return { offset: 0, message: 'it is nested too deep, or its result is too large' }
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) throw error
  const offset = error.range?.start ?? 0
  const text = error.summary.replace(/\s+/g, ' ').slice(0, MAX_MESSAGE)
  const node = error.node
  if (error instanceof EvaluationError && error.code === 'no_such_key' && node?.input !== undefined) {
    const name = node.input.slice(node.start, node.end)
    return { offset: node.start, message: `${name} has no value: give it one, or ask has(${name}) first` }
  }
  const misfit = /^(?:no such overload: |found no matching overload for )(.+)$/.exec(text)
  if (misfit) return { offset, message: `these types don’t go together: ${misfit[1] ?? ''}` }
  return { offset, message: text.charAt(0).toLowerCase() + text.slice(1) }
}
