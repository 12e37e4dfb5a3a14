import { Failure } from '../failure.ts'
import { Duration, Timestamp } from '../times.ts'
import { asInt, kindName, typeNameOf, TypeValue, Uint } from '../values.ts'
import { declare } from './declare.ts'
import { decodeText } from './encoding.ts'
import { lengthOf } from './text.ts'

const LARGEST_INT = 2 ** 63
/** In characters. No number needs more, and parsing takes more than linear time. */
const MAX_NUMBER = 400
const TRUE = ['1', 't', 'true', 'TRUE', 'True']
const FALSE = ['0', 'f', 'false', 'FALSE', 'False']

const sizeOfText = (spend: (steps: number) => void, text: string) => {
  spend(text.length / 16)
  return BigInt(lengthOf(text))
}
const sizeOfBytes = (_: unknown, bytes: Uint8Array) => BigInt(bytes.length)
const sizeOfList = (_: unknown, list: unknown[]) => BigInt(list.length)
const sizeOfMap = (_: unknown, map: Map<unknown, unknown>) => BigInt(map.size)
const same = (_: unknown, value: unknown) => value

/** Sizes and type conversions. */
export const CORE = declare({
  'size(string): int': sizeOfText,
  'size(bytes): int': sizeOfBytes,
  'size(list<A>): int': sizeOfList,
  'size(map<A, B>): int': sizeOfMap,
  'string.size(): int': sizeOfText,
  'bytes.size(): int': sizeOfBytes,
  'list<A>.size(): int': sizeOfList,
  'map<A, B>.size(): int': sizeOfMap,

  'string(string): string': same,
  'string(bool): string': (_, value: boolean) => String(value),
  'string(int): string': (_, value: bigint) => String(value),
  'string(uint): string': (_, { value }: Uint) => String(value),
  'string(double): string': (_, value: number) => doubleText(value),
  'string(bytes): string': (spend, bytes: Uint8Array) => decodeText(bytes, spend),
  'string(timestamp): string': (_, value: Timestamp) => value.toString(),
  'string(duration): string': (_, value: Duration) => value.toString(),

  'int(int): int': same,
  'int(uint): int': (_, { value }: Uint) => asInt(value),
  'int(double): int': (_, value: number) => {
    if (!(value > -LARGEST_INT && value < LARGEST_INT)) throw new Failure('the number is not a 64-bit integer')
    return BigInt(Math.trunc(value))
  },
  'int(string): int': (_, text: string) => {
    if (!/^[+-]?[0-9]{1,19}$/.test(text)) throw new Failure('the string is not an integer')
    return asInt(BigInt(text.replace('+', '')))
  },
  'int(timestamp): int': (_, value: Timestamp) => value.seconds,

  'uint(uint): uint': same,
  'uint(int): uint': (_, value: bigint) => new Uint(value),
  'uint(double): uint': (_, value: number) => {
    if (!(value > -1 && value < 2 * LARGEST_INT)) throw new Failure('the number is not an unsigned 64-bit integer')
    return new Uint(BigInt(Math.trunc(value)))
  },
  'uint(string): uint': (_, text: string) => {
    if (!/^[0-9]{1,20}$/.test(text)) throw new Failure('the string is not an unsigned integer')
    return new Uint(BigInt(text))
  },

  'double(double): double': same,
  'double(int): double': (_, value: bigint) => Number(value),
  'double(uint): double': (_, { value }: Uint) => Number(value),
  'double(string): double': (_, text: string) => {
    if (text.length > MAX_NUMBER) throw new Failure('the string is not a number')
    if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) return Number(text)
    if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
    if (/^nan$/i.test(text)) return NaN
    throw new Failure('the string is not a number')
  },

  'bool(bool): bool': same,
  'bool(string): bool': (_, text: string) => {
    if (TRUE.includes(text)) return true
    if (FALSE.includes(text)) return false
    throw new Failure('the string is neither true nor false')
  },

  'bytes(bytes): bytes': same,
  'bytes(string): bytes': (spend, text: string) => {
    spend(text.length)
    return new Uint8Array(Buffer.from(text))
  },

  'dyn(A): dyn': same,
  'type(A): type': (_, value: unknown) => new TypeValue(typeNameOf(value)),

  'timestamp(timestamp): timestamp': same,
  'timestamp(string): timestamp': (_, text: string) => Timestamp.parse(text),
  'timestamp(int): timestamp': (_, seconds: bigint) => new Timestamp(seconds * 1_000_000_000n),
  'duration(duration): duration': same,
  'duration(string): duration': (_, text: string) => Duration.parse(text),
})

/** A double as the shortest string that reads back as the same number. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A value that must be a string, such as an item of a list. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Failure(`expected a string, not ${kindName(value)}`)
}
