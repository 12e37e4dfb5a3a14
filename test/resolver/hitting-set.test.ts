import { expect, it } from 'vitest'
import { smallestHittingSet } from '../../src/resolver/hitting-set.ts'

const ORDER = ['last', 'b', 'c', 'a']

function hitting(...sets: string[][]): string[] {
  return [...smallestHittingSet(sets.map((set) => new Set(set)), (member) => ORDER.indexOf(member))].sort() // prettier-ignore
}

it('finds the smallest set that meets all sets, even if an earlier member meets the first', () => {
  expect(hitting(['last', 'a'], ['b', 'a'], ['c', 'a'])).toEqual(['a'])
})

it('prefers the set whose members come first among sets of the same size', () => {
  expect(hitting(['a', 'b'], ['b', 'a'])).toEqual(['b'])
  expect(hitting(['a', 'b'], ['c', 'last'])).toEqual(['b', 'last'])
})

it('finds the empty set for no sets', () => {
  expect(hitting()).toEqual([])
})
