import { describe, expect, it } from 'vitest'
import { VersionSet } from '../../src/resolver/version-set.ts'
import { Chance } from './chance.ts'

/** Sizes on both sides of the boundary between two words of bits. */
const SIZES = [1, 2, 31, 32, 33, 64, 65, 200]

describe('a version set', () => {
  it.each(SIZES)('of %i indexes works like a set of numbers', (size) => {
    const chance = new Chance(size)
    for (let round = 0; round < 50; round++) {
      const all = Array.from({ length: size }, (_, place) => place)
      const a = new Set(all.filter(() => chance.happens(0.5)))
      const b = new Set(all.filter(() => chance.happens(round % 2 === 0 ? 0.5 : 0.1)))
      const [A, B] = [VersionSet.of(size, a), VersionSet.of(size, b)]
      const kept = (holds: (place: number) => boolean) => all.filter(holds)
      expect(A.versionIndexes()).toEqual([...a])
      expect(A.count).toBe(a.size)
      expect(A.highest).toBe(Math.max(-1, ...a))
      expect(A.lowestVersion).toBe([...a].find((place) => place > 0) ?? 0)
      expect(all.filter((place) => A.has(place))).toEqual([...a])
      expect(A.isEmpty).toBe(a.size === 0)
      expect(A.isFull).toBe(a.size === size)
      expect(A.complement().versionIndexes()).toEqual(kept((place) => !a.has(place)))
      expect(A.intersect(B).versionIndexes()).toEqual(kept((place) => a.has(place) && b.has(place)))
      expect(A.union(B).versionIndexes()).toEqual(kept((place) => a.has(place) || b.has(place)))
      expect(A.minus(B).versionIndexes()).toEqual(kept((place) => a.has(place) && !b.has(place)))
      expect(A.isSubsetOf(B)).toBe(kept((place) => a.has(place) && !b.has(place)).length === 0)
      expect(A.isDisjointFrom(B)).toBe(kept((place) => a.has(place) && b.has(place)).length === 0)
      expect(A.equals(B)).toBe(kept((place) => a.has(place) !== b.has(place)).length === 0)
      expect(A.minus(B).isSubsetOf(A)).toBe(true)
    }
  })

  it.each(SIZES)('of %i indexes can be a span or a single index, at either side of a word', (size) => {
    const edges = [0, 1, 2, 31, 32, 33, 63, 64, 65, 199, 200].filter((place) => place <= size)
    for (const from of edges) {
      if (from < size) expect(VersionSet.single(size, from).versionIndexes()).toEqual([from])
      for (const to of edges) {
        const places = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
        expect(VersionSet.span(size, from, to).versionIndexes(), `${from} to ${to}`).toEqual(places)
        expect(VersionSet.span(size, from, to).equals(VersionSet.of(size, places))).toBe(true)
      }
    }
  })

  it('can be empty or full', () => {
    for (const size of SIZES) {
      expect(VersionSet.empty(size).isEmpty).toBe(true)
      expect(VersionSet.full(size).count).toBe(size)
      expect(VersionSet.full(size).complement().isEmpty).toBe(true)
    }
  })
})
