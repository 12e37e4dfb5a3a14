import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Proxy } from '../rig/proxy.ts'
import { RegistryServer } from '../rig/registry-server.ts'
import { Rig } from '../rig/rig.ts'

/** A registry of somebody else with two releases of `a`, of which 1.0.0 is old, and a machine that uses it. */
async function scene() {
  const author = await Rig.create()
  await author.publish(['a@1.0.0', { license: 'MIT' }], ['a@1.1.0', { license: 'MIT' }])
  edit(author.registry, 'a', (lines) =>
    lines.map((line, at) => (at === 0 ? dated(line, '2020-01-01T00:00:00Z') : line)),
  )
  const server = await RegistryServer.open(author.registry)
  const rig = await Rig.create()
  const project = rig.project({ dependencies: { a: '^1.0.0' } })
  const cpm = async (line: string, env: Record<string, string> = {}) => {
    const result = await rig.cpm(`${line} --json`, { cwd: project, env: { CPM_REGISTRY: server.url, ...env } })
    const { data, error } = result.json
    return {
      code: result.code,
      data,
      error: error?.code,
      message: error?.message,
      hint: error?.hint,
      stderr: result.stderr,
    }
  }
  const policy = (section: Record<string, unknown>) => {
    settings(rig, { policy: section })
  }
  return {
    author,
    rig,
    project,
    server,
    cpm,
    policy,
    locked: () => /"version": ?"([^"]+)"/.exec(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8'))?.[1],
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await rig[Symbol.asyncDispose]()
      await author[Symbol.asyncDispose]()
    },
  }
}

function settings(rig: Rig, contents: Record<string, unknown>): void {
  rig.write({ 'config.json': JSON.stringify(contents) }, rig.home)
}

function edit(registry: string, name: string, change: (lines: string[]) => string[]): void {
  const file = path.join(registry, 'index', name)
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n')
  fs.writeFileSync(file, `${change(lines).join('\n')}\n`)
}

function dated(line: string, at: string): string {
  return line.replace(/"publishedAt":"[^"]+"/, `"publishedAt":"${at}"`)
}

describe('a release that is too new', () => {
  test('is passed over for an older one, and why-not tells when it may be used', async () => {
    await using it = await scene()
    it.policy({ minimumReleaseAge: '1d' })
    expect((await it.cpm('install')).code).toBe(0)
    expect(it.locked()).toBe('1.0.0')
    const { data } = await it.cpm('why-not a@1.1.0')
    expect(data).toMatchObject({ reasons: [{ obstacle: 'refused' }] })
    expect(JSON.stringify(data)).toMatch(
      /may be used from \d{4}-\d\d-\d\d \d\d:\d\d UTC on \(minimum release age: 1d\)/,
    )
    const none = await it.cpm('install a@1.1.0')
    expect([none.code, none.error]).toEqual([7, 'NO_SOLUTION'])
    expect(none.message).toContain('minimum release age: 1d')
  })

  test('is refused in a lock too, by install, ci and verify, until it is waived', async () => {
    await using it = await scene()
    expect((await it.cpm('install')).code).toBe(0)
    expect(it.locked()).toBe('1.1.0')
    // What is installed and remembered does not escape a stricter policy.
    it.policy({ minimumReleaseAge: '1d' })
    for (const line of ['install', 'ci', 'ci --prove', 'install --dry-run', 'verify']) {
      const refused = await it.cpm(line)
      expect([line, refused.code, refused.error], refused.message).toEqual([line, 6, 'RELEASE_TOO_NEW'])
      expect(refused.hint).toBe('cpm update a')
    }
    const waiver = { package: 'a', rule: 'minimumReleaseAge', reason: 'a fix', until: '2999-01-01' }
    it.policy({ minimumReleaseAge: '1d', waivers: [waiver] })
    expect((await it.cpm('ci')).code).toBe(0)
    it.policy({ minimumReleaseAge: '1d', waivers: [{ ...waiver, until: '2020-01-01' }] })
    expect((await it.cpm('ci')).message).toContain('the waiver for it ended on 2020-01-01')
    it.policy({ minimumReleaseAge: '1d' })
    expect((await it.cpm('update a')).code).toBe(0)
    expect(it.locked()).toBe('1.0.0')
    expect((await it.cpm('ci')).code).toBe(0)
  })

  test('is refused by default if the registry is on another machine, unless it is signed by an own key', async () => {
    await using it = await scene()
    await using proxy = await Proxy.open({ hosts: { 'packages.example.test': Number(new URL(it.server.url).port) } })
    settings(it.rig, { network: { httpProxy: `http://127.0.0.1:${proxy.port}` } })
    const elsewhere = { CPM_REGISTRY: `http://packages.example.test${new URL(it.server.url).pathname}` }
    expect((await it.cpm('install', elsewhere)).code).toBe(0)
    expect(it.locked()).toBe('1.0.0')
    fs.cpSync(path.join(it.author.home, 'keys'), path.join(it.rig.home, 'keys'), { recursive: true })
    expect((await it.cpm('update', elsewhere)).code).toBe(0)
    expect(it.locked()).toBe('1.1.0')
    expect((await it.cpm('ci', elsewhere)).code).toBe(0)
    // The keys of somebody else don't help.
    fs.rmSync(path.join(it.rig.home, 'keys'), { recursive: true })
    expect((await it.rig.cpm('key generate')).code).toBe(0)
    expect(await it.cpm('ci', elsewhere)).toMatchObject({ code: 6, error: 'RELEASE_TOO_NEW' })
  })

  test("is allowed in one's own folder registry whatever the age", async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    settings(rig, { policy: { minimumReleaseAge: '2w' } })
    const project = rig.project({ dependencies: { a: '*' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  })
})

describe('statuses and licenses', () => {
  test('that are refused apply to locked entries, and an allowed status is not reported', async () => {
    await using it = await scene()
    expect((await it.cpm('install')).code).toBe(0)
    expect((await it.author.cpm(['yank', 'a@1.1.0', '--reason', 'broken'])).code).toBe(0)
    expect((await it.cpm('ci')).stderr).toContain('was yanked')
    it.policy({ yanked: 'allow' })
    expect((await it.cpm('ci')).stderr).not.toContain('was yanked')
    it.policy({ yanked: 'refuse' })
    expect(await it.cpm('ci')).toMatchObject({ code: 6, error: 'RELEASE_YANKED', hint: 'cpm update a' })
    expect((await it.cpm('update a')).code).toBe(0)
    expect(it.locked()).toBe('1.0.0')
    await it.author.cpm(['deprecate', 'a@1.0.0', '--reason', 'old'])
    it.policy({ deprecated: 'refuse' })
    expect(await it.cpm('install')).toMatchObject({ code: 6, error: 'RELEASE_DEPRECATED' })
  })

  test('of packages are checked before they are placed, and in what is installed already', async () => {
    await using it = await scene()
    it.policy({ licenses: ['Apache-2.0'] })
    expect(await it.cpm('install')).toMatchObject({ code: 6, error: 'LICENSE_REFUSED' })
    expect(fs.existsSync(path.join(it.project, 'colony_packages', 'a'))).toBe(false)
    expect(fs.existsSync(path.join(it.project, 'colony.lock'))).toBe(false)
    it.policy({ licenses: ['MIT'] })
    expect((await it.cpm('install')).code).toBe(0)
    it.policy({ licenses: ['Apache-2.0'] })
    for (const line of ['install', 'ci', 'verify'])
      expect(await it.cpm(line)).toMatchObject({ code: 6, error: 'LICENSE_REFUSED' })
  })
})

test('publishing refuses a license and a registry that the policy does not list', async () => {
  await using rig = await Rig.create()
  const folder = rig.package('a@1.0.0', { license: 'GPL-3.0-only' })
  const publish = async (...flags: string[]) =>
    (await rig.cpm(['publish', folder, '--json', ...flags])).json.error?.code
  settings(rig, { policy: { licenses: ['MIT'] } })
  expect([await publish(), await publish('--dry-run')]).toEqual(['LICENSE_REFUSED', 'LICENSE_REFUSED'])
  settings(rig, { policy: { registries: { '*': ['https://packages.example.org'] } } })
  expect(await publish()).toBe('REGISTRY_REFUSED')
  settings(rig, { policy: { registries: { '*': [rig.registry] } } })
  expect(await publish()).toBeUndefined()
})

test('a name comes only from its registries, when it is resolved and when it is locked', async () => {
  await using it = await scene()
  it.policy({ registries: { a: ['https://packages.example.org'] } })
  const refused = await it.cpm('install')
  expect([refused.code, refused.error]).toEqual([7, 'NO_SOLUTION'])
  expect(refused.message).toContain('registries for this name: https://packages.example.org')
  it.policy({ registries: { a: [it.server.url] } })
  expect((await it.cpm('install')).code).toBe(0)
  it.policy({ registries: { a: ['https://packages.example.org'] } })
  expect(await it.cpm('ci')).toMatchObject({ code: 6, error: 'REGISTRY_REFUSED' })
})

describe('a new version by a new owner', () => {
  test('is reported or refused; that of an owner at the time of the locked version is neither', async () => {
    await using it = await scene()
    const other = await Rig.create()
    await using _ = other
    const { id } = (await other.cpm('key generate --json')).json.data as { id: string }
    expect((await it.cpm('install')).code).toBe(0)
    await it.author.publish('a@1.2.0')
    expect((await it.cpm('update')).stderr).not.toContain('SIGNER_CHANGED')
    expect((await it.author.cpm(['owner', 'add', 'a', id])).code).toBe(0)
    const seed = other.path('seed')
    await other.cpm(['key', 'export', '--secret', '-o', seed])
    const as = { CPM_SIGNING_KEY: fs.readFileSync(seed, 'utf8').trim() }
    expect((await it.author.cpm(['publish', it.author.package('a@1.3.0')], { env: as })).code).toBe(0)
    it.policy({ signerChange: 'refuse' })
    expect(await it.cpm('update')).toMatchObject({ code: 6, error: 'SIGNER_CHANGED', hint: 'cpm owner list a' })
    expect(it.locked()).toBe('1.2.0')
    it.policy({ signerChange: 'allow' })
    expect((await it.cpm('update --dry-run')).stderr).not.toContain('not an owner')
    it.policy({})
    const told = await it.cpm('update')
    expect([told.code, told.stderr]).toEqual([0, expect.stringContaining(`is signed by ${id}, which was not an owner`)])
  })
})

describe("a project's policy", () => {
  test('only adds to that of the user, and can neither extend another nor waive a rule', async () => {
    await using it = await scene()
    it.policy({ minimumReleaseAge: '1d' })
    const file = path.join(it.project, 'colony.config.yaml')
    fs.writeFileSync(file, 'policy: { minimumReleaseAge: 0, yanked: allow }\n')
    expect((await it.cpm('install')).code).toBe(0)
    expect(it.locked()).toBe('1.0.0')
    fs.writeFileSync(file, 'policy: { licenses: [ISC] }\n')
    expect(await it.cpm('ci')).toMatchObject({ code: 6, error: 'LICENSE_REFUSED' })
    for (const [key, value] of [
      ['waivers', '[{ package: "*", rule: licenses, reason: no, until: 2999-01-01 }]'],
      ['extends', '[{ file: other.yaml }]'],
    ] as const) {
      fs.writeFileSync(file, `policy: { ${key}: ${value} }\n`)
      const refused = await it.cpm('ci')
      expect([refused.code, refused.error]).toEqual([2, 'CONFIG_INVALID'])
      expect(refused.message).toContain(`a project can't set policy.${key}`)
    }
  })
})
