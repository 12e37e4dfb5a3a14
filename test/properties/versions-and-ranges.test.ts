import fc from 'fast-check'
import semver from 'semver'
import { describe, expect, test } from 'vitest'
import type { Candidate } from '../../src/core/ports.ts'
import { Ranges } from '../../src/resolver/ranges.ts'
import { SortedVersions } from '../../src/resolver/sorted-versions.ts'
import { VersionKeys } from '../../src/resolver/version-key.ts'
import { isVersion, Range, Requirement, requirementPath, requirementSource, Version } from '../../src/schema/version.ts'
import { hostileText, range, rangeText, version } from './arbitraries.ts'

const changed = fc.tuple(version, hostileText, fc.nat({ max: 12 })).map(([text, trap, at]) => {
  return text.slice(0, at) + trap + text.slice(at)
})

/** Other spellings of a version, which semver reads too. */
const respelled = fc
  .tuple(version, fc.constantFrom('v', '=', ' ', 'V', '0'), fc.constantFrom('', '+build', ' ', '\n'))
  .map(([text, before, after]) => (after === '' ? before + text : text + after))

describe('any text as a version', () => {
  test('B01 is accepted only in its normal form, by both readers or by neither', () => {
    fc.assert(
      fc.property(fc.oneof(version, respelled, changed, hostileText), (text) => {
        const isAccepted = isVersion(text)
        expect(Version.safeParse(text).success).toBe(isAccepted)
        if (!isAccepted) return
        expect(semver.parse(text, { loose: true })?.version).toBe(text)
        expect(text).toMatch(/^[0-9A-Za-z.-]{1,128}$/)
        expect(text.split('.')).not.toContain('')
      }),
      { numRuns: 200 },
    )
  })
})

describe('any text as a requirement', () => {
  test('is a range, a folder or refused, and never crashes the reader', () => {
    fc.assert(
      fc.property(fc.oneof(rangeText, changed, hostileText, fc.string()), (text) => {
        const isAccepted = Requirement.safeParse(text).success
        const isPath = requirementPath(text) !== null
        if (isPath) expect(requirementSource(text)).toBe('path')
        if (isAccepted && !isPath) expect(semver.validRange(text)).not.toBeNull()
        expect(Range.safeParse(text).success && requirementSource(text) === null).toBe(isAccepted && !isPath)
      }),
      { numRuns: 200 },
    )
  })
})

describe('any range', () => {
  const ranges = new Ranges()
  const candidateOf = (each: Version): Candidate => ({
    version: each,
    dependencies: [],
    features: {},
    conditions: {},
    yanked: false,
  })

  test("matches the same versions for the resolver as for npm's semver", () => {
    fc.assert(
      fc.property(
        fc.oneof(rangeText, changed),
        fc.uniqueArray(version, { minLength: 1, maxLength: 8 }),
        (text, versions) => {
          const sorted = new SortedVersions(versions.map(candidateOf), new VersionKeys())
          const indexes = sorted.matching(ranges.parse(text)).versionIndexes()
          const found = indexes.map((index) => sorted.candidates[index - 1]?.version)
          const expected = sorted.candidates.map((each) => each.version).filter((each) => semver.satisfies(each, text))
          expect(found).toEqual(expected)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('matches the same versions in its normal form', () => {
    fc.assert(
      fc.property(range, version, (text, each) => {
        const normal = semver.validRange(text)
        if (normal === null) return
        expect(ranges.parse(normal).test(new semver.SemVer(each))).toBe(
          ranges.parse(text).test(new semver.SemVer(each)),
        )
      }),
      { numRuns: 200 },
    )
  })
})
