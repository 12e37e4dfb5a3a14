import semver from 'semver'
import { expect, test } from 'vitest'
import type { Candidate } from '../../src/core/ports.ts'
import { Ranges } from '../../src/resolver/ranges.ts'
import { SortedVersions } from '../../src/resolver/sorted-versions.ts'
import { VersionKeys } from '../../src/resolver/version-key.ts'
import type { Version } from '../../src/schema/version.ts'
import { Chance } from './chance.ts'

function candidateOf(version: string): Candidate {
  return { version: version as Version, dependencies: [], features: {}, conditions: {}, yanked: false }
}

const chance = new Chance(20261121)
const NUMBERS = [0, 1, 2, 3, 9, 10, 17, 131071, 131072, 524287, 524288, 9007199254740991]
const ENDINGS = ['', '', '', '', '-0', '-alpha', '-alpha.1', '-rc.2', '-rc.10', '-1.x']
const number = () => (chance.happens(0.9) ? chance.below(4) : chance.pick(NUMBERS))
const version = () => `${number()}.${number()}.${number()}${chance.pick(ENDINGS)}`

function comparator(): string {
  const parts = [number(), number(), number()].map((part) =>
    chance.happens(0.06) ? chance.pick(['x', 'X', '*']) : part,
  )
  const written = parts.slice(0, 1 + chance.below(3)).join('.')
  const full = chance.happens(0.7) ? version() : written
  return chance.pick(['^', '~', '>=', '>', '<', '<=', '=', '', '', '^', '~', 'v', ' ']) + full
}

function range(): string {
  if (chance.happens(0.03))
    return chance.pick([
      '',
      '*',
      'x',
      '>=0',
      'latest',
      '1.2.3.4',
      '^',
      '01.2.3',
      '^1.02.3',
      '1.2.3-',
      '1 - 2',
      '^1.2.3 - 2',
    ])
  const all = () => Array.from({ length: 1 + chance.below(2) }, comparator).join(' ')
  return Array.from({ length: chance.happens(0.2) ? 2 : 1 }, all).join(chance.pick([' || ', '||']))
}

test('ranges match exactly what semver matches, for every form of range and version', () => {
  const ranges = new Ranges()
  let matched = 0
  for (let round = 0; round < 150; round++) {
    const texts = [...new Set(Array.from({ length: chance.pick([1, 5, 31, 32, 70]) }, version))]
    const versions = new SortedVersions(texts.map(candidateOf), new VersionKeys())
    const sorted = versions.candidates.map((candidate) => candidate.version)
    expect(sorted).toEqual(semver.sort([...sorted]))
    for (let each = 0; each < 40; each++) {
      const text = range()
      const found = versions.matching(ranges.parse(text)).versionIndexes()
      const wanted = sorted.flatMap((candidate, index) => (semver.satisfies(candidate, text) ? [index + 1] : []))
      expect(found, `${JSON.stringify(text)} of ${sorted.join(' ')}`).toEqual(wanted)
      matched += found.length
    }
  }
  expect(matched).toBeGreaterThan(4_000)
})
