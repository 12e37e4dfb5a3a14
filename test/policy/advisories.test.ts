import { describe, expect, test } from 'vitest'
import { Advisories } from '../../src/policy/advisories.ts'
import { baseScore } from '../../src/policy/cvss.ts'
import { Advisory, type AdvisoryEvent } from '../../src/schema/advisory.ts'

function advisory(more: Record<string, unknown> = {}, affected: Record<string, unknown> = {}): Advisory {
  return Advisory.parse({
    id: 'COLONY-2026-1',
    affected: [{ package: { ecosystem: 'ColonyOS', name: 'a' }, ...affected }],
    ...more,
  })
}

function hits(affected: Record<string, unknown>, versions: string[]): string[] {
  const advisories = new Advisories([advisory({}, affected)])
  return versions.filter((version) => advisories.about({ name: 'a', version }).length > 0)
}

const range = (...events: AdvisoryEvent[]) => ({ ranges: [{ type: 'SEMVER', events }] })

describe('a version is affected', () => {
  test('from where a flaw was introduced to where it was fixed, whatever the order of the events', () => {
    const versions = ['0.9.0', '1.0.0', '1.2.0-rc.1', '1.2.0', '1.9.0', '2.0.0', '2.1.0', '2.2.0']
    const expected = ['1.0.0', '1.2.0-rc.1', '2.0.0', '2.1.0']
    const events = [{ introduced: '1.0.0' }, { fixed: '1.2.0' }, { introduced: '2.0.0' }, { fixed: '2.2.0' }]
    expect(hits(range(...events), versions)).toEqual(expected)
    expect(hits(range(...events.reverse()), versions)).toEqual(expected)
  })

  test('from the first version of all if it was introduced at 0, pre-releases included', () => {
    expect(hits(range({ introduced: '0' }, { fixed: '1.0' }), ['0.0.0-alpha', '0.0.1', '1.0.0-rc.1', '1.0.0'])).toEqual(
      ['0.0.0-alpha', '0.0.1', '1.0.0-rc.1'],
    )
    expect(hits(range({ introduced: '0' }), ['0.1.0', '99.0.0'])).toEqual(['0.1.0', '99.0.0'])
  })

  test('up to and with the last affected one, and below a limit', () => {
    expect(hits(range({ introduced: '1.0.0' }, { last_affected: '1.5.0' }), ['1.5.0', '1.5.1'])).toEqual(['1.5.0'])
    expect(hits(range({ introduced: '0' }, { limit: '2.0.0' }), ['1.9.0', '2.0.0'])).toEqual(['1.9.0'])
  })

  test('if it is listed, even outside of all ranges; ranges of commits tell nothing', () => {
    const fixed = range({ introduced: '0' }, { fixed: '1.0.0' })
    expect(hits({ ...fixed, versions: ['1.4.0', 'v1.5.0'] }, ['0.9.0', '1.0.0', '1.4.0', '1.5.0'])).toEqual([
      '0.9.0',
      '1.4.0',
      '1.5.0',
    ])
    expect(hits({ ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] }, ['1.0.0'])).toEqual([])
  })
})

test('withdrawn advisories, other names and other ecosystems are left out', () => {
  const all = range({ introduced: '0' })
  const about = (given: Advisory) => new Advisories([given]).about({ name: 'a', version: '1.0.0' }).length
  const of = (ecosystem: string, name = 'a') => advisory({}, { ...all, package: { ecosystem, name } })
  expect(['ColonyOS', 'cpm', 'CPM', 'ColonyOS:2'].map((each) => about(of(each)))).toEqual([1, 1, 1, 1])
  expect([
    about(of('npm')),
    about(of('cpm', 'b')),
    about(advisory({ withdrawn: '2026-01-01T00:00:00Z' }, all)),
  ]).toEqual([0, 0, 0])
})

test('a match names its aliases, the next version with a fix, and the most severe comes first', () => {
  const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N'
  const events = range({ introduced: '0' }, { fixed: '1.2.0' }, { introduced: '2.0.0' }, { fixed: '2.1.0' })
  const found = new Advisories([
    advisory({ aliases: ['CVE-2026-1'], summary: 'leaks', severity: [{ type: 'CVSS_V3', score: vector }] }, events),
    advisory({ id: 'MAL-2026-7', details: 'steals\nkeys' }, { versions: ['2.0.0'] }),
    advisory({ id: 'COLONY-2', database_specific: { severity: 'LOW' } }, { versions: ['2.0.0'] }),
    advisory({ id: 'COLONY-3' }, { versions: ['2.0.0'] }),
  ]).about({ name: 'a', version: '2.0.0' })
  expect(found).toEqual([
    { id: 'MAL-2026-7', aliases: [], summary: 'steals', severity: 'critical', fixed: null },
    { id: 'COLONY-3', aliases: [], summary: '', severity: 'high', fixed: null },
    { id: 'COLONY-2026-1', aliases: ['CVE-2026-1'], summary: 'leaks', severity: 'moderate', fixed: '2.1.0' },
    { id: 'COLONY-2', aliases: [], summary: '', severity: 'low', fixed: null },
  ])
})

test('the base score of a CVSS 3 vector is that of its specification', () => {
  const scores = [
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
    ['CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:N', 0],
    ['CVSS:3.1/AV:N', undefined],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', undefined],
  ] as const
  expect(scores.map(([vector]) => baseScore(vector))).toEqual(scores.map(([, score]) => score))
})
