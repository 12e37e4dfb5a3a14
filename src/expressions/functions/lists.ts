import type { Spend } from '../budget.ts'
import { Failure } from '../failure.ts'
import { asInt, compare, equals, isNumber, kindName, keyOf, Optional, Uint } from '../values.ts'
import { declare } from './declare.ts'

/** Lists. Whatever evaluates an expression per item (`map`, `filter`, …) is a macro. */
export const LISTS = declare({
  'range(int): list<int>': (spend, to: bigint) => range(0n, to, spend),
  'range(int, int): list<int>': (spend, from: bigint, to: bigint) => range(from, to, spend),
  'lists.range(int): list<int>': (spend, to: bigint) => range(0n, to, spend),
  'list<A>.flatten(): list<dyn>': (spend, list: unknown[]) => flatten(list, 1n, spend),
  'list<A>.flatten(int): list<dyn>': (spend, list: unknown[], depth: bigint) => {
    if (depth < 0n) throw new Failure('the depth is negative')
    return flatten(list, depth, spend)
  },
  'list<A>.distinct(): list<A>': (spend, list: unknown[]) => distinct(list, spend),
  'list<A>.reverse(): list<A>': (spend, list: unknown[]) => {
    spend(list.length)
    return [...list].reverse()
  },
  'list<A>.sort(): list<A>': (spend, list: unknown[]) => {
    const places = sorted(list, spend)
    return places.map((place) => list[place])
  },
  'list<A>.slice(int, int): list<A>': (spend, list: unknown[], from: bigint, to: bigint) => {
    if (from < 0n || to < from || to > BigInt(list.length)) throw new Failure('the indexes are out of range')
    spend(Number(to - from))
    return list.slice(Number(from), Number(to))
  },
  'list<A>.first(): optional<A>': (_, list: unknown[]) => (list.length > 0 ? Optional.of(list[0]) : Optional.none),
  'list<A>.last(): optional<A>': (_, list: unknown[]) => (list.length > 0 ? Optional.of(list.at(-1)) : Optional.none),
  'list<A>.indexOf(A): int': (spend, list: unknown[], wanted: unknown) =>
    BigInt(list.findIndex((item) => equals(item, wanted, spend))),
  'list<int>.sum(): int': sum,
  'list<uint>.sum(): uint': sum,
  'list<double>.sum(): double': sum,
  'list<A>.min(): A': (spend, list: unknown[]) => extreme(list, -1, spend),
  'list<A>.max(): A': (spend, list: unknown[]) => extreme(list, 1, spend),
})

export const MAPS = declare({
  'map<A, B>.keys(): list<A>': (spend, map: Map<unknown, unknown>) => {
    spend(map.size)
    return [...map.keys()]
  },
  'map<A, B>.values(): list<B>': (spend, map: Map<unknown, unknown>) => {
    spend(map.size)
    return [...map.values()]
  },
  'map<A, B>.merge(map<A, B>): map<A, B>': (spend, map: Map<unknown, unknown>, other: Map<unknown, unknown>) => {
    spend(map.size + other.size)
    return new Map([...map, ...other])
  },
})

/** The indexes of a list's items in sorted order. The sort is stable. */
export function sorted(keys: readonly unknown[], spend: Spend): number[] {
  spend(keys.length * (1 + Math.ceil(Math.log2(keys.length + 1))))
  const places = keys.map((_, place) => place)
  return places.sort((a, b) => compare(keys[a], keys[b], spend) || a - b)
}

function range(from: bigint, to: bigint, spend: Spend): bigint[] {
  if (to <= from) return []
  spend(Number(to - from))
  return Array.from({ length: Number(to - from) }, (_, i) => from + BigInt(i))
}

function flatten(list: readonly unknown[], depth: bigint, spend: Spend): unknown[] {
  const flat: unknown[] = []
  const add = (items: readonly unknown[], left: bigint) => {
    spend(items.length)
    for (const item of items) {
      if (left > 0n && Array.isArray(item)) add(item, left - 1n)
      else flat.push(item)
    }
  }
  add(list, depth)
  return flat
}

function distinct(list: readonly unknown[], spend: Spend): unknown[] {
  spend(list.length)
  const kept: unknown[] = []
  const keys = new Set<unknown>()
  for (const item of list) {
    const key = keyOf(item)
    const isNew = key === undefined ? !kept.some((other) => equals(other, item, spend)) : !keys.has(key)
    if (!isNew) continue
    if (key !== undefined) keys.add(key)
    kept.push(item)
  }
  return kept
}

function sum(spend: Spend, list: unknown[]): unknown {
  spend(list.length)
  if (list.length === 0) return 0n
  if (list.every((item) => typeof item === 'bigint')) return asInt(list.reduce((all, item) => all + item, 0n))
  if (list.every((item) => typeof item === 'number')) return list.reduce((all, item) => all + item, 0)
  if (list.every((item) => item instanceof Uint)) return new Uint(list.reduce((all, { value }) => all + value, 0n))
  const other = list.find((item) => !isNumber(item))
  throw new Failure(
    other === undefined ? 'the numbers have different types' : `sum() adds numbers, not ${kindName(other)}`,
  )
}

function extreme(list: readonly unknown[], sign: 1 | -1, spend: Spend): unknown {
  if (list.length === 0) throw new Failure('the list is empty')
  return list.reduce((best, item) => (compare(item, best, spend) * sign > 0 ? item : best))
}
