import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { canonicalJson } from '../../../src/core/canonical-json.ts'
import { createStaging, removeStaging } from '../../../src/core/staging.ts'
import { Rig } from '../../rig/rig.ts'

const rig = await Rig.create()
await rig.publish('codec@1.0.0', 'codec@1.1.0', 'codec@2.0.0', 'paint@1.0.0', 'paint@1.1.0', 'unused@1.0.0', [
  'image@1.0.0',
  { dependencies: { codec: '^1.0.0' } },
])
afterAll(() => rig[Symbol.asyncDispose]())

let root: string
beforeEach(async () => {
  root = rig.project({ workspace: { members: ['packages/*'] } })
  put('packages/app', { name: 'app', dependencies: { image: '^1.0.0', lib: '^1.0.0' } })
  put('packages/lib', { name: 'lib', version: '1.2.0', dependencies: { paint: '^1.0.0', codec: '1.0.0' } })
  await ok('install')
})

function put(folder: string, manifest: Record<string, unknown>): void {
  rig.write({ [`${folder}/colony.yaml`]: stringify({ apiVersion: 'v1', ...manifest }) }, root)
}

async function cpm(line: string, folder = '.') {
  return await rig.cpm(line, { cwd: path.join(root, folder) })
}

async function ok(line: string, folder?: string): Promise<unknown> {
  const { stdout } = await cpm(`${line} --json`, folder)
  const { error, data } = JSON.parse(stdout) as { error: unknown; data: unknown }
  expect(error).toBeNull()
  return data
}

async function failed(line: string, folder?: string) {
  const { json } = await cpm(`${line} --json`, folder)
  if (!json.error) throw new Error(`cpm ${line} did not fail`)
  return json.error
}

function namesIn(data: unknown): string[] {
  return (data as { packages: { name: string }[] }).packages.map(({ name }) => name)
}

describe('in the root of a workspace', () => {
  test('cpm list shows the packages of all members, and who requires them', async () => {
    expect(await ok('list')).toMatchObject({
      packages: [
        { name: 'codec', by: ['packages/lib'], installed: true },
        { name: 'image', by: ['packages/app'] },
        { name: 'lib', by: ['packages/app'], path: 'packages/lib' },
        { name: 'paint', by: ['packages/lib'], direct: true },
      ],
    })
    expect((await cpm('list')).stdout).toContain('image 1.0.0 (packages/app)')
    expect(namesIn(await ok('list --filter lib'))).toEqual(['codec', 'paint'])
    fs.rmSync(path.join(root, 'packages/lib/colony_packages/paint'))
    expect((await cpm('list')).stdout).toContain('paint 1.1.0 (packages/lib, not installed)')
  })

  test('cpm verify proves all members, and names what is missing where', async () => {
    expect(await ok('verify')).toMatchObject({ packages: 3, unproven: ['lib'] })
    fs.rmSync(path.join(root, 'packages/lib/colony_packages/paint'))
    expect((await failed('verify')).message).toContain('paint@1.1.0: is missing from packages/lib/colony_packages')
    expect(await ok('verify', 'packages/app')).toMatchObject({ packages: 3 })
  })

  test('cpm why begins with the members', async () => {
    expect((await cpm('why codec')).stdout.split('\n')).toEqual([
      'codec 1.0.0, needed by:',
      'packages/lib → codec 1.0.0 (1.0.0)',
      'packages/app → image 1.0.0 (^1.0.0) → codec 1.0.0 (^1.0.0)',
      'packages/app → lib 1.2.0 (^1.0.0) → codec 1.0.0 (1.0.0)',
    ])
  })

  test('cpm outdated asks about all members, and cpm why-not names them', async () => {
    put('packages/app', { name: 'app', dependencies: { image: '^1.0.0', paint: '1.0.0' } })
    await ok('install')
    const { stdout } = await cpm('outdated --json')
    expect(namesIn((JSON.parse(stdout) as { data: unknown }).data)).toEqual(['paint', 'paint', 'codec'])
    const whyNot = JSON.parse((await cpm('why-not codec@1.1.0 --json')).stdout) as { data: { reasons: unknown[] } }
    expect(whyNot.data.reasons).toContainEqual({
      obstacle: 'requirement',
      message: 'packages/lib/colony.yaml requires codec 1.0.0, which does not include 1.1.0',
    })
  })

  test('cpm path and submit say where a package is used, and find members by name', async () => {
    expect(await failed('path paint')).toMatchObject({
      message: 'paint is not installed in the root of the workspace, only in packages/app, packages/lib',
      hint: 'cd packages/app',
    })
    rig.write({ 'workflows/main.yaml': 'kind: Workflow\nfunctions: []\n' }, path.join(root, 'packages/lib'))
    expect((await cpm('render lib')).stderr).not.toContain('PACKAGE_NOT_FOUND')
  })
})

describe('in a member', () => {
  test('commands see what the member uses', async () => {
    expect(namesIn(await ok('list', 'packages/lib'))).toEqual(['codec', 'paint'])
    expect(await ok('verify', 'packages/lib')).toMatchObject({ packages: 2, unproven: [] })
    expect(await ok('path paint', 'packages/lib')).toMatchObject({ version: '1.1.0' })
    expect((await cpm('why paint', 'packages/lib')).stdout).toContain('packages/lib → paint 1.1.0')
    expect(await failed('path image', 'packages/lib')).toMatchObject({
      message: 'image is not installed in packages/lib, only in packages/app',
      hint: 'cd ../app',
    })
  })

  test('cpm update updates what the member uses, and nothing else', async () => {
    put('packages/app', { name: 'app', dependencies: { unused: '*' } })
    put('packages/lib', { name: 'lib', version: '1.2.0', dependencies: { paint: '1.0.0' } })
    await ok('install')
    await rig.publish('unused@1.1.0')
    put('packages/lib', { name: 'lib', version: '1.2.0', dependencies: { paint: '*' } })
    await ok('update', 'packages/lib')
    const locked = (): unknown => JSON.parse(fs.readFileSync(path.join(root, 'colony.lock'), 'utf8'))
    expect(locked()).toMatchObject({ packages: { paint: { version: '1.1.0' }, unused: { version: '1.0.0' } } })
    await ok('update')
    expect(locked()).toMatchObject({ packages: { unused: { version: '1.1.0' } } })
  })

  test('the settings of the workspace apply', async () => {
    rig.write({ 'colony.config.json': JSON.stringify({ install: { mode: 'copy' } }) }, root)
    await ok('install', 'packages/lib')
    const copy = path.join(root, 'packages/lib/colony_packages/paint')
    expect(fs.lstatSync(copy).isDirectory()).toBe(true)
    expect(fs.existsSync(path.join(root, 'packages/lib/colony_packages/.cpm/proofs.ndjson'))).toBe(true)
    expect(await ok('ci', 'packages/app')).toMatchObject({ upToDate: true })
    fs.writeFileSync(path.join(copy, 'README.md'), 'changed')
    expect((await failed('verify')).code).toBe('PACKAGE_DAMAGED')
    expect(await ok('ci')).toMatchObject({ members: expect.arrayContaining([expect.objectContaining({ path: 'packages/lib', put: ['paint'] })]) as unknown }) // prettier-ignore
    expect(await ok('verify')).toMatchObject({ packages: 3 })
  })
})

test('gc keeps what only the links of a member lead to', async () => {
  await using alone = await Rig.create()
  await alone.publish('old@1.0.0')
  const suite = alone.project({ workspace: { members: ['a', 'b'] } })
  const write = (member: string, dependencies: Record<string, string>) => {
    alone.write(
      { 'colony.yaml': stringify({ apiVersion: 'v1', name: member, dependencies }) },
      path.join(suite, member),
    )
  }
  write('a', {})
  write('b', { old: '*' })
  expect((await alone.cpm('install', { cwd: suite })).code).toBe(0)
  const old = fs.realpathSync(path.join(suite, 'b/colony_packages/old'))
  // The lock no longer has it, and b is not installed again.
  write('b', {})
  expect((await alone.cpm('install --filter a', { cwd: suite })).code).toBe(0)
  expect((await alone.cpm('gc', { cwd: suite })).code).toBe(0)
  expect(fs.existsSync(path.join(old, 'colony.yaml'))).toBe(true)
  expect((await alone.cpm('install', { cwd: suite })).code).toBe(0)
  expect((await alone.cpm('gc', { cwd: suite })).code).toBe(0)
  expect(fs.existsSync(old)).toBe(false)
})

test('a change that fails in one member is undone in all of them', async () => {
  const before = new Map(['packages/app', 'packages/lib', '.'].map((folder) => [folder, stateOf(folder)]))
  for (const file of ['unused', 'colony.lock', 'colony.yaml']) {
    const rename = fs.renameSync.bind(fs)
    let times = 0
    const failing = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      const isMeant = path.basename(String(to)) === file && !`${String(from)}${String(to)}`.includes('old-')
      if (isMeant && ++times === (file === 'colony.lock' ? 1 : 2))
        throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
      rename(from, to)
    })
    try {
      expect((await failed('install unused --filter app --filter lib')).code).toBe('FILE_UNWRITABLE')
    } finally {
      failing.mockRestore()
    }
    for (const [folder, state] of before) expect([file, folder, stateOf(folder)]).toEqual([file, folder, state])
  }
})

function stateOf(folder: string): unknown {
  const packages = path.join(root, folder, 'colony_packages')
  const names = fs.readdirSync(packages).filter((name) => !name.startsWith('.'))
  const texts = ['colony.yaml', 'colony.lock'].map((name) => path.join(root, folder, name))
  return [
    names.map((name) => [name, fs.readlinkSync(path.join(packages, name))]),
    texts.map((file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null)),
  ]
}

test('a journal that an untrusted repository contains can not write outside of members', async () => {
  const elsewhere = rig.project()
  fs.symlinkSync(elsewhere, path.join(root, 'linked'))
  fs.mkdirSync(path.join(root, 'plain'))
  for (const member of ['linked', 'plain', '../outside', 'packages/../..', '/tmp']) {
    const staging = createStaging(path.join(root, 'colony_packages/.cpm'))
    const steps = [{ do: 'link', name: 'x', tree: `blake3:${'0'.repeat(64)}`, member }]
    rig.write({ 'journal.json': canonicalJson({ schemaVersion: 1, steps }) }, staging)
    expect((await failed('install')).code).toMatch(/PROJECT_UNSAFE|JOURNAL|INVALID|DAMAGED/)
    removeStaging(staging)
    await cpm('install --json')
    expect(fs.existsSync(path.join(elsewhere, 'colony_packages'))).toBe(false)
    expect(fs.existsSync(path.join(root, 'plain/colony_packages'))).toBe(false)
  }
})
