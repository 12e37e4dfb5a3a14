import { exactJson } from '../../core/exact-json.ts'
import { ExpressionError, Expressions } from '../../expressions/expressions.ts'
import { DYN } from '../../expressions/types.ts'
import { parseKey } from '../values/set-option.ts'
import { Scope } from '../templates/scope.ts'
import { shapeOfInputs } from '../values/shape.ts'
import { isMap } from '../values/fit-value.ts'
import type { TestCase } from './test-file.ts'

export type Assertion = TestCase['assert'][number]

const SCOPE = new Scope(shapeOfInputs([]).root)

/** Checks assertions against a rendered spec. */
export class Assertions {
  readonly #expressions = new Expressions(SCOPE.types)
  readonly #scope = SCOPE.bind({
    inputs: {},
    pkg: { name: '', version: '' },
    release: { id: '' },
  })

  /** Returns the problems of the assertion itself, whatever is rendered. */
  problems(assertion: Assertion): string[] {
    if (typeof assertion === 'string') {
      const { problems, type } = this.#expressions.check(assertion, new Map([['spec', DYN]]))
      if (!type) return problems.map(({ message }) => `${assertion}: ${message}`)
      return type.kind === 'bool' || type.kind === 'dyn' ? [] : [`${assertion} is neither true nor false`]
    }
    return Object.keys(assertion).flatMap((key) => {
      const parsed = parseKey(key)
      return 'problem' in parsed ? [parsed.problem] : []
    })
  }

  /** Returns how the spec differs from what the assertion says; empty if it holds. */
  failures(assertion: Assertion, spec: unknown): string[] {
    const wrong = this.problems(assertion)
    if (wrong.length > 0) return wrong
    if (typeof assertion === 'string') return this.#expression(assertion, spec)
    return Object.entries(assertion).flatMap(([key, expected]) => {
      const parsed = parseKey(key)
      const actual = 'path' in parsed ? parsed.path.reduce<unknown>(childOf, spec) : undefined
      if (isEqual(actual, expected)) return []
      const found = actual === undefined ? 'it is missing' : `it is ${exactJson(actual)}`
      return [`${key} should be ${exactJson(expected)}, but ${found}`]
    })
  }

  #expression(source: string, spec: unknown): string[] {
    try {
      const result = this.#expressions.evaluate(source, this.#scope, new Map([['spec', toCel(spec)]]))
      if (result === true) return []
      return [result === false ? `${source} is false` : `${source} is neither true nor false`]
    } catch (error) {
      if (error instanceof ExpressionError) return [`${source}: ${error.message}`]
      throw error
    }
  }
}

function childOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === 'number' ? (value as unknown[])[step] : undefined
  return isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
    )
  }
  // 1 and 1.0 are equal.
  return a instanceof Number || b instanceof Number ? Number(a) === Number(b) : a === b
}

/** Converts data for expressions: whole numbers become ints. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (value instanceof Number) return Number(value)
  if (Array.isArray(value)) return value.map(toCel)
  if (!isMap(value)) return value
  return new Map(Object.entries(value).map(([key, entry]) => [key, toCel(entry)]))
}
