import type { Spend } from './budget.ts'
import { Failure } from './failure.ts'
import { Duration, Timestamp } from './times.ts'
import type { Type } from './types.ts'

/**
 * The values of expressions: null, booleans, strings, BigInt for int, number for double, Uint8Array for bytes, arrays
 * for lists, Map for maps, and the classes here. Nothing else is a value, and no value is ever asked for a property
 * whose name comes from an expression, so expressions can't reach what JavaScript objects inherit.
 */

/** An unsigned 64-bit integer. */
export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    if (value < 0n || value > MAX_UINT) throw new Failure('the result is not an unsigned 64-bit integer')
    this.value = value
  }
}

/** A value that may be missing: `inputs.?name`. */
export class Optional {
  readonly #held: { readonly value: unknown } | undefined
  private constructor(held: { readonly value: unknown } | undefined) {
    this.#held = held
  }

  static readonly none = new Optional(undefined)
  static of(value: unknown): Optional {
    return new Optional({ value })
  }

  get isPresent(): boolean {
    return this.#held !== undefined
  }
  get value(): unknown {
    if (!this.#held) throw new Failure('the optional value is missing: check hasValue(), or use orValue()')
    return this.#held.value
  }
}

/** A type as a value: the result of `type(x)`, or the meaning of `int`. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Names of types, as in `type(x) == int`. */
export const TYPE_NAMES: readonly string[] = [
  ...['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map'],
  ...['null_type', 'optional_type', 'type'],
]

export const MAX_INT = 2n ** 63n - 1n
export const MIN_INT = -(2n ** 63n)
const MAX_UINT = 2n ** 64n - 1n

/** The keys of a map, as maps store them: 1, 1u and 1.0 are the same key. */
export type Key = string | bigint | boolean

export function asInt(value: bigint): bigint {
  if (value < MIN_INT || value > MAX_INT) throw new Failure('the result is not a 64-bit integer')
  return value
}

/** The key for a value; undefined for values that can't be keys. */
export function keyOf(value: unknown): Key | undefined {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return value
  if (value instanceof Uint) return value.value
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
}

export function isNumber(value: unknown): value is bigint | number | Uint {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}

/** The type of a value as `type()` and messages name it. */
export function typeNameOf(value: unknown): string {
  if (value === null) return 'null_type'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Map) return 'map'
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  return 'type'
}

const KINDS: Readonly<Record<string, string>> = {
  null_type: 'null',
  optional_type: 'optional',
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
}

/** The type of a value for messages. */
export function kindName(value: unknown): string {
  const name = typeNameOf(value)
  return KINDS[name] ?? name
}

/** Whether a value has a type, checked at the outer level only. */
export function isOfType(value: unknown, type: Type): boolean {
  if (type.kind === 'dyn' || type.kind === 'parameter') return true
  return kindName(value) === (type.kind === 'record' ? 'map' : type.kind)
}

/** Equality over all types: numbers compare by value, everything else only with its own type. */
export function equals(a: unknown, b: unknown, spend: Spend): boolean {
  spend(1)
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length === b.length) spend(a.length / 16)
    return a === b
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equals(item, b[index], spend))
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equals(value, b.get(key), spend))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b, spend) === 0
  if (a instanceof Timestamp && b instanceof Timestamp) return a.nanos === b.nanos
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos
  if (a instanceof TypeValue && b instanceof TypeValue) return a.name === b.name
  if (a instanceof Optional && b instanceof Optional)
    return a.isPresent && b.isPresent ? equals(a.value, b.value, spend) : a.isPresent === b.isPresent
  return a === b
}

/**
 * Compares two values: negative, 0 or positive; NaN if they have no order, as for NaN itself.
 * @throws Failure for types that can't be compared
 */
export function compare(a: unknown, b: unknown, spend: Spend): number {
  spend(1)
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') {
    spend(Math.min(a.length, b.length) / 16)
    return compareTexts(a, b)
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b, spend)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  throw new Failure(`${kindName(a)} and ${kindName(b)} can't be compared`)
}

/** CEL compares all numbers on one number line: JavaScript compares a bigint and a number exactly. */
function compareNumbers(a: bigint | number | Uint, b: bigint | number | Uint): number {
  const one = a instanceof Uint ? a.value : a
  const other = b instanceof Uint ? b.value : b
  if (one < other) return -1
  if (one > other) return 1
  return Number.isNaN(one) || Number.isNaN(other) ? NaN : 0
}

/** By code points; JavaScript compares UTF-16 code units. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    const isPaired = (c: number) => c >= 0xd800 && c <= 0xdfff
    return isPaired(x) === isPaired(y) ? x - y : isPaired(x) ? 1 : -1
  }
  return a.length - b.length
}

function compareBytes(a: Uint8Array, b: Uint8Array, spend: Spend): number {
  spend(Math.min(a.length, b.length) / 16)
  return Buffer.compare(a, b)
}

/** What a loop iterates over: the items of a list, the keys of a map. */
export function iterable(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value instanceof Map) return [...value.keys()]
  throw new Failure(`${kindName(value)} is not a list or map`)
}
