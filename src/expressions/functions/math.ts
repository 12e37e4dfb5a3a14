import type { Spend } from '../budget.ts'
import { Failure } from '../failure.ts'
import { asInt, compare, isNumber, kindName, Uint } from '../values.ts'
import { declare } from './declare.ts'

const BITS = 64n
const MASK = 2n ** BITS - 1n

/** Numbers. `A` is int, uint or double unless noted otherwise. */
export const MATH = declare({
  'math.ceil(double): double': (_, x: number) => Math.ceil(x),
  'math.floor(double): double': (_, x: number) => Math.floor(x),
  'math.round(double): double': (_, x: number) => (Number.isFinite(x) ? Math.sign(x) * Math.round(Math.abs(x)) : x),
  'math.trunc(double): double': (_, x: number) => Math.trunc(x),
  'math.sqrt(double): double': (_, x: number) => Math.sqrt(x),
  'math.sqrt(int): double': (_, x: bigint) => Math.sqrt(Number(x)),
  'math.abs(double): double': (_, x: number) => Math.abs(x),
  'math.abs(int): int': (_, x: bigint) => asInt(x < 0n ? -x : x),
  'math.abs(uint): uint': (_, x: Uint) => x,
  'math.sign(double): double': (_, x: number) => Math.sign(x),
  'math.sign(int): int': (_, x: bigint) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  'math.sign(uint): uint': (_, { value }: Uint) => new Uint(value > 0n ? 1n : 0n),
  'math.isNaN(double): bool': (_, x: number) => Number.isNaN(x),
  'math.isInf(double): bool': (_, x: number) => Math.abs(x) === Infinity,
  'math.isFinite(double): bool': (_, x: number) => Number.isFinite(x),
  'math.bitAnd(int, int): int': (_, x: bigint, y: bigint) => x & y,
  'math.bitAnd(uint, uint): uint': (_, x: Uint, y: Uint) => new Uint(x.value & y.value),
  'math.bitOr(int, int): int': (_, x: bigint, y: bigint) => x | y,
  'math.bitOr(uint, uint): uint': (_, x: Uint, y: Uint) => new Uint(x.value | y.value),
  'math.bitXor(int, int): int': (_, x: bigint, y: bigint) => x ^ y,
  'math.bitXor(uint, uint): uint': (_, x: Uint, y: Uint) => new Uint(x.value ^ y.value),
  'math.bitNot(int): int': (_, x: bigint) => ~x,
  'math.bitNot(uint): uint': (_, x: Uint) => new Uint(~x.value & MASK),
  'math.bitShiftLeft(int, int): int': (_, x: bigint, by: bigint) => BigInt.asIntN(64, x << steps(by)),
  'math.bitShiftLeft(uint, int): uint': (_, x: Uint, by: bigint) => new Uint((x.value << steps(by)) & MASK),
  // a logical shift: the sign is not preserved
  'math.bitShiftRight(int, int): int': (_, x: bigint, by: bigint) =>
    BigInt.asIntN(64, BigInt.asUintN(64, x) >> steps(by)),
  'math.bitShiftRight(uint, int): uint': (_, x: Uint, by: bigint) => new Uint(x.value >> steps(by)),
  'math.greatest(A...): A': (spend, ...args: unknown[]) => extreme(args, 1, spend),
  'math.least(A...): A': (spend, ...args: unknown[]) => extreme(args, -1, spend),
})

function steps(by: bigint): bigint {
  if (by < 0n) throw new Failure('the shift is negative')
  return by > BITS ? BITS : by
}

/** Of the arguments, or of the items if the only argument is a list. */
function extreme(args: readonly unknown[], sign: 1 | -1, spend: Spend): unknown {
  const numbers: readonly unknown[] = args.length === 1 && Array.isArray(args[0]) ? args[0] : args
  if (numbers.length === 0) throw new Failure('the list is empty')
  const other = numbers.find((item) => !isNumber(item))
  if (other !== undefined) throw new Failure(`expected numbers, not ${kindName(other)}`)
  return numbers.reduce((best, item) => (compare(item, best, spend) * sign > 0 ? item : best))
}
