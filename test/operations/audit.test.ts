import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AuditFinding } from '../../src/operations/project/audit.ts'
import { Rig } from '../rig/rig.ts'

/** A project that locks `a` and is not installed. */
async function scene() {
  const rig = await Rig.create()
  await rig.publish(['a@1.0.0', { license: 'MIT' }])
  const project = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  fs.rmSync(path.join(project, 'colony_packages'), { recursive: true })
  const audit = async (...flags: string[]) => {
    const { code, json } = await rig.cpm(['audit', '--json', ...flags], { cwd: project })
    const { findings = [] } = (json.data ?? {}) as { findings?: AuditFinding[] }
    return {
      code,
      error: json.error?.code,
      data: json.data,
      findings,
      found: findings.map(({ id, severity }) => `${severity} ${id}`),
    }
  }
  const osv = (file: string, contents: unknown) => {
    rig.write({ [file]: JSON.stringify(contents) }, project)
  }
  return { rig, project, audit, osv, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

const ADVISORY = {
  id: 'COLONY-2026-1',
  aliases: ['CVE-2026-0001'],
  summary: 'reads too much',
  database_specific: { severity: 'HIGH' },
  affected: [
    {
      package: { ecosystem: 'ColonyOS', name: 'a' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.1' }] }],
    },
  ],
}

async function newKey(rig: Rig): Promise<string> {
  return ((await rig.cpm('key generate --json')).json.data as { id: string }).id
}

test('an audit needs no installed packages, changes nothing and finds nothing if all is well', async () => {
  await using it = await scene()
  const before = it.rig.files(it.project)
  expect(await it.audit()).toMatchObject({ code: 0, data: { packages: 1, advisories: 0, findings: [], waived: [] } })
  expect(it.rig.files(it.project)).toEqual(before)
})

describe('advisories', () => {
  test('in a file, a folder or the settings are compared with the lock', async () => {
    await using it = await scene()
    it.osv('one.json', ADVISORY)
    const { code, findings } = await it.audit('--advisories', 'one.json')
    expect(code).toBe(3)
    expect(findings).toEqual([
      {
        name: 'a',
        version: '1.0.0',
        severity: 'high',
        id: 'COLONY-2026-1',
        source: 'advisory',
        message: 'reads too much; fixed in 1.0.1',
        aliases: ['CVE-2026-0001'],
        hint: 'cpm why-not a@1.0.1',
      },
    ])
    it.osv('osv/list.json', [{ ...ADVISORY, withdrawn: '2026-01-01T00:00:00Z' }])
    it.osv('osv/more.json', { vulns: [{ ...ADVISORY, id: 'MAL-1' }] })
    expect((await it.audit('--advisories', 'osv')).found).toEqual(['critical MAL-1'])
    const settings = { security: { advisories: [path.join(it.project, 'one.json')] } }
    it.rig.write({ 'config.json': JSON.stringify(settings) }, it.rig.home)
    expect((await it.audit('--advisories', 'osv')).found).toEqual(['critical MAL-1', 'high COLONY-2026-1'])
    expect((await it.audit('--advisories', 'osv', '--level', 'critical')).found).toEqual(['critical MAL-1'])
    expect(await it.audit('--level', 'critical')).toMatchObject({ code: 0, found: [] })
  })

  test('that are missing or not OSV fail the audit', async () => {
    await using it = await scene()
    expect(await it.audit('--advisories', 'none.json')).toMatchObject({ code: 1, error: 'FILE_UNREADABLE' })
    it.osv('osv/good.json', ADVISORY)
    it.osv('osv/bad.json', { name: 'a' })
    expect(await it.audit('--advisories', 'osv')).toMatchObject({ code: 1, error: 'ADVISORIES_INVALID' })
  })
})

describe('owners', () => {
  test('that changed without a chain, and contents that nobody signed, are critical', async () => {
    await using it = await scene()
    const lock = path.join(it.project, 'colony.lock')
    const text = fs.readFileSync(lock, 'utf8')
    const owner = /"owner": ?"([0-9a-f]{64})"/.exec(text)?.[1] ?? ''
    fs.writeFileSync(lock, text.replace(owner, await newKey(it.rig)))
    expect(await it.audit()).toMatchObject({ code: 3, found: ['critical OWNER_MISMATCH'] })
    fs.writeFileSync(lock, text.replace(/("tree": ?"blake3:)[0-9a-f]{8}/, '$100000000'))
    expect((await it.audit()).found).toEqual(['critical DIGEST_MISMATCH'])
    fs.writeFileSync(lock, text.replace(/("registry": ?")[0-9a-f]{8}/, '$100000000'))
    expect((await it.audit()).found).toEqual(['high REGISTRY_UNKNOWN'])
  })

  test('whose key was removed or is distrusted since then are found', async () => {
    await using it = await scene()
    const { keys } = (await it.rig.cpm('key list --json')).json.data as { keys: { id: string }[] }
    const first = keys[0]?.id ?? ''
    const second = await newKey(it.rig)
    expect((await it.rig.cpm(['owner', 'add', 'a', second])).code).toBe(0)
    expect((await it.audit()).found).toEqual([])
    expect((await it.rig.cpm(['owner', 'remove', 'a', first, '--key', second])).code).toBe(0)
    expect((await it.audit()).found).toEqual(['moderate SIGNER_REMOVED'])
    await it.rig.cpm(['key', 'distrust', first])
    expect((await it.audit()).found).toEqual(['high POLICY_REFUSED'])
  })
})

test('statuses and the policy are part of an audit; what is waived is listed apart', async () => {
  await using it = await scene()
  await it.rig.cpm(['yank', 'a@1.0.0', '--reason', 'broken'])
  await it.rig.cpm(['deprecate', 'a@1.0.0', '--reason', 'old'])
  expect(await it.audit()).toMatchObject({ code: 3, found: ['moderate RELEASE_YANKED', 'low RELEASE_DEPRECATED'] })
  const waiver = { package: 'a', rule: 'yanked', reason: 'not our case', until: '2999-12-31' }
  const policy = { licenses: ['ISC'], yanked: 'refuse', deprecated: 'allow', waivers: [waiver] }
  it.rig.write({ 'config.json': JSON.stringify({ policy }) }, it.rig.home)
  expect(await it.audit()).toMatchObject({
    found: ['high LICENSE_REFUSED'],
    data: { waived: [{ rule: 'yanked', waiver: { reason: 'not our case' } }] },
  })
})

describe('cpm policy', () => {
  test('shows each rule with its origin, and each waiver', async () => {
    await using it = await scene()
    const waiver = { package: 'a', rule: 'licenses', reason: 'asked', until: '2020-01-01' }
    it.rig.write({ 'config.json': JSON.stringify({ policy: { licenses: ['MIT'], yanked: 'refuse', waivers: [waiver] } }) }, it.rig.home) // prettier-ignore
    it.rig.write({ '.cpmrc': 'policy: { minimumReleaseAge: 2d }\n' }, it.project)
    const { stdout } = await it.rig.cpm('policy', { cwd: it.project })
    const [home, project] = [path.join(it.rig.home, 'config.json'), path.join(it.project, '.cpmrc')]
    expect(stdout.split('\n')).toEqual([
      "minimumReleaseAge: 1d (cpm's default)",
      `minimumReleaseAge: 2d (${project})`,
      `licenses: ["MIT"] (${home})`,
      `yanked: refuse (${home})`,
      "deprecated: warn (cpm's default)",
      "signerChange: warn (cpm's default)",
      `waiver: licenses for a, expired 2020-01-01: asked (${home})`,
    ])
  })

  test('check compares the lock with the rules, without installing', async () => {
    await using it = await scene()
    const check = async () => await it.rig.cpm('policy check', { cwd: it.project })
    expect(await check()).toMatchObject({ code: 0, stdout: 'the policy allows all of 1 package' })
    it.rig.write({ 'config.json': '{"policy":{"licenses":["ISC"]}}' }, it.rig.home)
    const { code, stdout } = await check()
    expect([code, stdout]).toEqual([6, expect.stringContaining('refused LICENSE_REFUSED a@1.0.0 has the license MIT')])
  })
})
