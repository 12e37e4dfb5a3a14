import { expect, it } from 'vitest'
import { smallestHittingSet } from '../../src/resolver/hitting-set.ts'

const ORDER = ['last', 'b', 'c', 'a']

function hitting(...sets: string[][]): string[] {
  return [...smallestHittingSet(sets.map((set) => new Set(set)), (member) => ORDER.indexOf(member))].sort() // prettier-ignore
}

it('the smallest set that meets all sets is found, though a member that comes earlier meets the first', () => {
  expect(hitting(['last', 'a'], ['b', 'a'], ['c', 'a'])).toEqual(['a'])
})

it('of several as small, the one whose members come first', () => {
  expect(hitting(['a', 'b'], ['b', 'a'])).toEqual(['b'])
  expect(hitting(['a', 'b'], ['c', 'last'])).toEqual(['b', 'last'])
})

it('of no sets it is empty', () => {
  expect(hitting()).toEqual([])
})
