import { describe, expect, test } from 'vitest'
import type { PackageName } from '../../src/schema/name.ts'
import { Policy } from '../../src/schema/policy.ts'
import type { Version } from '../../src/schema/version.ts'
import type { ReleaseFacts } from '../../src/policy/facts.ts'
import { isRefused } from '../../src/policy/finding.ts'
import { judge } from '../../src/policy/judge.ts'
import type { Layer } from '../../src/policy/layer.ts'

const NOW = new Date('2026-06-10T12:00:00Z')
const PUBLIC = { place: 'https://registry.example.org/', kind: 'server', isElsewhere: true } as const
const LOOPBACK = { place: 'http://127.0.0.1:7878/', kind: 'server', isElsewhere: false } as const
const FOLDER = { place: '/srv/registry', kind: 'folder', isElsewhere: false } as const

function facts(more: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return { name: 'a' as PackageName, version: '1.0.0' as Version, registry: PUBLIC, ...more }
}

/** Layers of the user, in order; a project's layer is one with `project`. */
function layers(...policies: (Record<string, unknown> & { project?: boolean })[]): Layer[] {
  return policies.map(({ project = false, ...policy }, index) => ({
    origin: project ? 'project.yaml' : `user-${index}.yaml`,
    isUsers: !project,
    policy: Policy.parse(policy),
  }))
}

function refused(given: Partial<ReleaseFacts>, ...policies: Parameters<typeof layers>): string[] {
  return judge(facts(given), layers(...policies), NOW)
    .filter(isRefused)
    .map(({ code, fact, origin }) => `${code}: ${fact}, says ${origin}`)
}

const HOUR_OLD = { publishedAt: '2026-06-10T11:00:00Z' }

describe('the minimum release age', () => {
  test('is a day for registries on other machines by default, and tells when it ends', () => {
    expect(refused(HOUR_OLD)).toEqual([
      "RELEASE_TOO_NEW: was published at 2026-06-10 11:00 UTC and may be used from 2026-06-11 11:00 UTC on (minimum release age: 1d), says cpm's default",
    ])
    expect(refused({ publishedAt: '2026-06-09T12:00:00Z' })).toEqual([])
    expect(refused({ publishedAt: '2026-06-09T12:00:01Z' })[0]).toContain('from 2026-06-10 12:01 UTC on')
  })

  test('does not apply by default to a server on this machine, and never to folders and to what oneself signed', () => {
    expect(refused({ ...HOUR_OLD, registry: LOOPBACK })).toEqual([])
    const week = { minimumReleaseAge: '1w' }
    expect(refused({ ...HOUR_OLD, registry: LOOPBACK }, week)).toHaveLength(1)
    expect(refused({ ...HOUR_OLD, registry: FOLDER }, week)).toEqual([])
    expect(refused({ ...HOUR_OLD, isOwn: true }, week)).toEqual([])
  })

  test('of the user replaces the default, by the most specific pattern', () => {
    expect(refused(HOUR_OLD, { minimumReleaseAge: '30m' })).toEqual([])
    expect(refused(HOUR_OLD, { minimumReleaseAge: 0 })).toEqual([])
    const byName = { minimumReleaseAge: { '*': '2d', 'image-*': '1h', 'image-new': '3d', '@acme/*': '0' } }
    const ages = ['a', 'image-old', 'image-new', '@acme/a'].map(
      (name) => refused({ ...HOUR_OLD, name: name as PackageName }, byName)[0]?.match(/age: (\w+)/)?.[1],
    )
    expect(ages).toEqual(['2d', undefined, '3d', undefined])
    // A pattern for other names leaves the default in place.
    expect(refused(HOUR_OLD, { minimumReleaseAge: { '@acme/*': 0 } })).toHaveLength(1)
  })

  test('of a project or of another file can only be longer', () => {
    expect(refused(HOUR_OLD, { project: true, minimumReleaseAge: 0 })).toHaveLength(1)
    expect(refused(HOUR_OLD, { minimumReleaseAge: 0 }, { project: true, minimumReleaseAge: '2h' })[0]).toContain(
      'says project.yaml',
    )
    expect(refused(HOUR_OLD, { minimumReleaseAge: 0 }, { minimumReleaseAge: '3d' })[0]).toContain('says user-1.yaml')
  })
})

describe('licenses', () => {
  test('are SPDX expressions, of which one alternative or all parts must be allowed', () => {
    const allow = { licenses: ['MIT', 'apache-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0', 'Our License'] }
    const allowed = (license: string | null) => refused({ license }, allow).length === 0
    const yes = ['MIT', 'mit', '(MIT OR GPL-3.0-only)', 'MIT AND Apache-2.0', 'our license', 'Apache-2.0 WITH LLVM-exception', 'GPL-2.0-only WITH Classpath-exception-2.0'] // prettier-ignore
    const no = ['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'GPL-2.0-only', 'ISC', 'something else', null]
    expect(yes.filter((license) => !allowed(license))).toEqual([])
    expect(no.filter(allowed)).toEqual([])
    expect(refused({ license: 'ISC' }, { licenses: ['MIT'] })).toEqual([
      'LICENSE_REFUSED: has the license ISC (allowed: MIT), says user-0.yaml',
    ])
    expect(refused({ license: null }, { licenses: ['MIT'] })[0]).toContain('declares no license')
    expect(refused({ license: undefined }, { licenses: ['MIT'] })).toEqual([])
  })

  test('must be in the list of every file', () => {
    const both = [{ licenses: ['MIT', 'ISC'] }, { project: true, licenses: ['MIT', 'Apache-2.0'] }]
    expect(refused({ license: 'MIT' }, ...both)).toEqual([])
    expect(refused({ license: 'ISC' }, ...both)[0]).toContain('says project.yaml')
    expect(refused({ license: 'Apache-2.0' }, ...both)[0]).toContain('says user-0.yaml')
  })
})

describe('a level', () => {
  const yanked = { status: { yanked: true, yankReason: 'broken', deprecated: false, deprecationReason: null } }
  const levels = (...policies: Parameters<typeof layers>) =>
    judge(facts(yanked), layers(...policies), NOW).map(({ level }) => level)

  test('is to warn by default, and otherwise the strictest that is set', () => {
    expect(levels()).toEqual(['warn'])
    expect(levels({ yanked: 'allow' })).toEqual([])
    expect(levels({ yanked: 'refuse' }, { yanked: 'allow' })).toEqual(['refuse'])
    expect(levels({ yanked: 'allow' }, { project: true, yanked: 'refuse' })).toEqual(['refuse'])
    expect(levels({ project: true, yanked: 'allow' })).toEqual(['warn'])
  })

  test('applies to yanked and deprecated releases, and to new signers', () => {
    const deprecated = { status: { yanked: false, yankReason: null, deprecated: true, deprecationReason: null } }
    const signer = 'e'.repeat(64) as never
    expect(refused(yanked, { yanked: 'refuse' })).toEqual(['RELEASE_YANKED: was yanked: broken, says user-0.yaml'])
    expect(refused(deprecated, { deprecated: 'refuse' })).toEqual([
      'RELEASE_DEPRECATED: is deprecated, says user-0.yaml',
    ])
    expect(refused({ newSigners: [signer] }, { signerChange: 'refuse' })[0]).toContain('SIGNER_CHANGED: is signed by e')
  })
})

test('a name may belong to certain registries, and comes from no other one', () => {
  const rule = { registries: { '@acme/*': ['https://packages.acme.example', '0123'], '*': ['https://registry.example.org'] } } // prettier-ignore
  const at = (name: string, place: string, id?: string) =>
    refused({ name: name as PackageName, registry: { ...PUBLIC, place, id } }, rule).length === 0
  expect(at('a', 'https://registry.example.org/')).toBe(true)
  expect(at('@acme/a', 'https://packages.acme.example/')).toBe(true)
  expect(at('@acme/a', 'https://registry.example.org/')).toBe(false)
  expect(at('@acme/a', '/srv/mirror', '0123')).toBe(true)
  expect(refused({ name: '@acme/a' as PackageName }, rule)).toEqual([
    'REGISTRY_REFUSED: comes from https://registry.example.org/ (registries for this name: https://packages.acme.example, 0123), says user-0.yaml',
  ])
})

describe('a waiver', () => {
  const waiver = { package: 'a', rule: 'minimumReleaseAge', reason: 'a security fix', until: '2026-06-10' }

  test('lifts one rule for a package until the end of its last day, and afterwards the finding mentions it', () => {
    const [finding] = judge(facts(HOUR_OLD), layers({ waivers: [waiver] }), NOW)
    expect(finding).toMatchObject({ level: 'refuse', waiver: { reason: 'a security fix', until: '2026-06-10' } })
    expect(refused(HOUR_OLD, { waivers: [waiver] })).toEqual([])
    expect(refused(HOUR_OLD, { waivers: [{ ...waiver, until: '2026-06-09' }] })[0]).toContain(
      '; the waiver for it ended on 2026-06-09',
    )
  })

  test('fits by rule, name and version', () => {
    const lifts = (more: Record<string, unknown>) =>
      refused(HOUR_OLD, { waivers: [{ ...waiver, ...more }] }).length === 0
    expect(lifts({ package: '*', version: '^1' })).toBe(true)
    expect(lifts({ version: '^2' })).toBe(false)
    expect(lifts({ package: 'b' })).toBe(false)
    expect(lifts({ rule: 'licenses' })).toBe(false)
  })

  test('of a project does not count', () => {
    expect(refused(HOUR_OLD, { project: true, waivers: [waiver] })).toHaveLength(1)
  })
})
