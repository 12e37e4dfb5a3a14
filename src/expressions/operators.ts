import type { Spend } from './budget.ts'
import { Failure } from './failure.ts'
import { Duration, Timestamp } from './times.ts'
import { type Bindings, bound, DYN, fits, readType, type Type } from './types.ts'
import { asInt, compare, equals, keyOf, kindName, Uint } from './values.ts'

/** The binary operators: `left right: result`. Ordering also compares numbers of different types. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  '+': [
    ...['int int: int', 'uint uint: uint', 'double double: double', 'string string: string', 'bytes bytes: bytes'],
    ...['list<A> list<A>: list<A>', 'timestamp duration: timestamp', 'duration timestamp: timestamp'],
    'duration duration: duration',
  ],
  '-': [
    ...['int int: int', 'uint uint: uint', 'double double: double', 'timestamp timestamp: duration'],
    ...['timestamp duration: timestamp', 'duration duration: duration'],
  ],
  '*': ['int int: int', 'uint uint: uint', 'double double: double'],
  '/': ['int int: int', 'uint uint: uint', 'double double: double'],
  '%': ['int int: int', 'uint uint: uint'],
  '==': ['A A: bool'],
  '!=': ['A A: bool'],
  in: ['A list<A>: bool', 'A map<A, B>: bool'],
  ...Object.fromEntries(['<', '<=', '>', '>='].map((operator) => [operator, orders()])),
}

function orders(): string[] {
  const numbers = ['int', 'uint', 'double']
  const alike = ['string', 'bytes', 'bool', 'timestamp', 'duration'].map((type) => `${type} ${type}: bool`)
  return [...numbers.flatMap((a) => numbers.map((b) => `${a} ${b}: bool`)), ...alike]
}

interface Form {
  readonly left: Type
  readonly right: Type
  readonly result: Type
}

const forms = new Map<string, readonly Form[]>(
  Object.entries(FORMS).map(([operator, texts]) => [operator, texts.map(readForm)]),
)

function readForm(text: string): Form {
  const [, left = '', right = '', result = ''] = /^(\w+(?:<\w>)?) (\w+(?:<.+>)?): (.+)$/.exec(text) ?? []
  return { left: readType(left), right: readType(right), result: readType(result) }
}

/** The result type of an operator for two types; undefined if it doesn't accept them. */
export function operatorType(operator: string, left: Type, right: Type): Type | undefined {
  const results = (forms.get(operator) ?? []).flatMap((form) => {
    const bindings: Bindings = new Map()
    const isFit = fits(left, form.left, bindings) && fits(right, form.right, bindings)
    return isFit ? [bound(form.result, bindings)] : []
  })
  const [first] = results
  return first && results.every(({ name }) => name === first.name) ? first : first && DYN
}

/** Evaluates a binary operator. */
export function operate(operator: string, left: unknown, right: unknown, spend: Spend): unknown {
  switch (operator) {
    case '==':
      return equals(left, right, spend)
    case '!=':
      return !equals(left, right, spend)
    case '<':
      return compare(left, right, spend) < 0
    case '<=':
      return compare(left, right, spend) <= 0
    case '>':
      return compare(left, right, spend) > 0
    case '>=':
      return compare(left, right, spend) >= 0
    case 'in':
      return isIn(left, right, spend)
    default:
      return calculate(operator, left, right, spend) ?? misfit(operator, left, right)
  }
}

function isIn(value: unknown, holder: unknown, spend: Spend): boolean {
  if (Array.isArray(holder)) return holder.some((item) => equals(value, item, spend))
  if (!(holder instanceof Map)) return misfit('in', value, holder)
  const key = keyOf(value)
  return key !== undefined && holder.has(key)
}

function calculate(operator: string, a: unknown, b: unknown, spend: Spend): unknown {
  if (typeof a === 'bigint' && typeof b === 'bigint') return asInt(whole(operator, a, b))
  if (typeof a === 'number' && typeof b === 'number') return double(operator, a, b)
  if (a instanceof Uint && b instanceof Uint) return new Uint(whole(operator, a.value, b.value))
  if (operator === '-') return difference(a, b)
  return operator === '+' ? added(a, b, spend) : undefined
}

function added(a: unknown, b: unknown, spend: Spend): unknown {
  if (typeof a === 'string' && typeof b === 'string') {
    spend(a.length + b.length)
    return a + b
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    spend(a.length + b.length)
    return [...(a as unknown[]), ...(b as unknown[])]
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    spend(a.length + b.length)
    return new Uint8Array(Buffer.concat([a, b]))
  }
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanos + b.nanos)
  if (a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.nanos + b.nanos)
  return a instanceof Duration && b instanceof Duration ? new Duration(a.nanos + b.nanos) : undefined
}

function difference(a: unknown, b: unknown): unknown {
  if (a instanceof Timestamp && b instanceof Timestamp) return new Duration(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanos - b.nanos)
  return a instanceof Duration && b instanceof Duration ? new Duration(a.nanos - b.nanos) : undefined
}

function whole(operator: string, a: bigint, b: bigint): bigint {
  if (operator === '+') return a + b
  if (operator === '-') return a - b
  if (operator === '*') return a * b
  if (b === 0n) throw new Failure(operator === '/' ? 'division by zero' : 'modulo by zero')
  return operator === '/' ? a / b : a % b
}

function double(operator: string, a: number, b: number): number | undefined {
  if (operator === '+') return a + b
  if (operator === '-') return a - b
  if (operator === '*') return a * b
  return operator === '/' ? a / b : undefined
}

function misfit(operator: string, a: unknown, b: unknown): never {
  throw new Failure(`incompatible types: ${kindName(a)} ${operator} ${kindName(b)}`)
}
