import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

/** One suite for every kind of registry: what authors and users do must not depend on where packages are. */
const KINDS = ['folder', 'HTTP'] as const

interface Place extends AsyncDisposable {
  readonly rig: Rig
  /** the registry's folder, behind a server or not */
  readonly folder: string
  cpm(line: string | readonly string[], cwd?: string): Promise<Answer>
  publish(...packages: [id: string, manifest?: Record<string, unknown>][]): Promise<Answer>
}

interface Answer {
  code: number
  error: string | undefined
  message: string | undefined
  data: Record<string, unknown>
  stderr: string
}

async function open(kind: (typeof KINDS)[number]): Promise<Place> {
  const rig = await Rig.create()
  const server = kind === 'HTTP' ? await serve(rig) : undefined
  const env: Record<string, string> = server ? { CPM_REGISTRY: server.url, CPM_TOKEN: server.token } : {}
  const place: Place = {
    rig,
    folder: rig.registry,
    async cpm(line, cwd = rig.root) {
      const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line
      const { code, stderr, json } = await rig.cpm([...words, '--json'], { cwd, env })
      const { error, data } = json
      return {
        code,
        stderr,
        error: error?.code,
        message: error?.message,
        data: (data ?? {}) as Record<string, unknown>,
      }
    },
    publish: (...packages) =>
      place.cpm(['publish', ...packages.map(([id, manifest]) => rig.package(id, manifest ?? {}))]),
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]()
      await rig[Symbol.asyncDispose]()
    },
  }
  return place
}

function versionsIn(project: string): Record<string, string> {
  const lock = JSON.parse(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  return Object.fromEntries(Object.entries(lock.packages).map(([name, { version }]) => [name, version]))
}

describe.each(KINDS)('a registry over a %s', (kind) => {
  test('publishes several packages as one operation, and again without a change', async () => {
    await using place = await open(kind)
    const folders = ['a@1.0.0', '@acme/b@1.0.0-rc.1'].map((id) => place.rig.package(id))
    const first = await place.cpm(['publish', ...folders])
    expect(first).toMatchObject({ code: 0, data: { packages: [{ outcome: 'published' }, { outcome: 'published' }] } })
    const index = fs.readFileSync(path.join(place.folder, 'index/a'))
    const again = await place.cpm(['publish', ...folders])
    expect(again).toMatchObject({ code: 0, data: { packages: [{ outcome: 'unchanged' }, { outcome: 'unchanged' }] } })
    expect(fs.readFileSync(path.join(place.folder, 'index/a'))).toEqual(index)
  })

  test('E15 never accepts different contents for an existing version, or anything published with them', async () => {
    await using place = await open(kind)
    expect((await place.publish(['a@1.0.0'])).code).toBe(0)
    const other = await place.publish(['b@1.0.0'], ['a@1.0.0', { description: 'another' }])
    expect(other).toMatchObject({ code: 1, error: 'VERSION_EXISTS' })
    expect(fs.existsSync(path.join(place.folder, 'index/b'))).toBe(false)
  })

  test('refuses two versions that differ only in case, published together or one after the other', async () => {
    await using place = await open(kind)
    expect((await place.publish(['a@1.0.0-rc.A'])).code).toBe(0)
    expect(await place.publish(['a@1.0.0-rc.a'])).toMatchObject({ code: 1, error: 'VERSION_EXISTS' })
    expect(await place.publish(['b@1.0.0-rc.A'], ['b@1.0.0-rc.a'])).toMatchObject({ code: 2, error: 'USAGE' })
    expect(fs.existsSync(path.join(place.folder, 'index/b'))).toBe(false)
  })

  test('never publishes a version that a newer cpm has published, whatever its case', async () => {
    await using place = await open(kind)
    expect((await place.publish(['a@1.0.0'])).code).toBe(0)
    const index = path.join(place.folder, 'index/a')
    fs.appendFileSync(index, '{"type":"publish","v":2,"version":"2.0.0-rc.1"}\n')
    const before = fs.readFileSync(index)
    const refused = await place.publish(['a@2.0.0-RC.1'])
    expect(refused).toMatchObject({ code: 1, error: 'VERSION_EXISTS' })
    expect(refused.message).toContain('a@2.0.0-RC.1 was published by a newer cpm')
    expect(fs.readFileSync(index)).toEqual(before)
    expect((await place.publish(['a@2.0.0'])).code).toBe(0)
  })

  test('installs, verifies and reinstalls what the lock says', async () => {
    await using place = await open(kind)
    await place.publish(['a@1.0.0', { dependencies: { '@acme/b': '^1.0.0' } }], ['@acme/b@1.2.0'], ['@acme/b@2.0.0'])
    const project = place.rig.project({ dependencies: { a: '*' } })
    expect((await place.cpm('install', project)).code).toBe(0)
    expect(versionsIn(project)).toEqual({ a: '1.0.0', '@acme/b': '1.2.0' })
    expect(place.rig.read(path.join(project, 'colony_packages/@acme/b/README.md'))).toContain('@acme/b@1.2.0')
    fs.rmSync(path.join(place.rig.home, 'store'), { recursive: true })
    fs.rmSync(path.join(place.rig.home, 'cache'), { recursive: true })
    expect((await place.cpm('ci', project)).code).toBe(0)
    expect((await place.cpm('verify', project)).code).toBe(0)
    expect((await place.cpm('install --frozen --offline', project)).code).toBe(0)
  })

  test('reports a missing package or version with exit code 7', async () => {
    await using place = await open(kind)
    await place.publish(['a@1.0.0'])
    const project = place.rig.project({})
    expect(await place.cpm('install nothere', project)).toMatchObject({ code: 7, error: 'NO_SOLUTION' })
    expect(await place.cpm('install a@^2', project)).toMatchObject({ code: 7, error: 'NO_SOLUTION' })
    expect(await place.cpm('info nothere')).toMatchObject({ code: 7, error: 'PACKAGE_NOT_FOUND' })
    expect(await place.cpm('info a@2.0.0')).toMatchObject({ code: 7, error: 'PACKAGE_NOT_FOUND' })
    expect(await place.cpm('yank a@2.0.0')).toMatchObject({ code: 7, error: 'PACKAGE_NOT_FOUND' })
    expect(await place.cpm('owner list nothere')).toMatchObject({ code: 7, error: 'PACKAGE_NOT_FOUND' })
  })

  test('serves a yanked version only to locks that have it', async () => {
    await using place = await open(kind)
    await place.publish(['a@1.0.0'], ['a@1.1.0'])
    const before = place.rig.project({ dependencies: { a: '^1.0.0' } })
    expect((await place.cpm('install', before)).code).toBe(0)
    const yanked = await place.cpm(['yank', 'a@1.1.0', '--reason', 'wrong colors'])
    expect(yanked).toMatchObject({ code: 0, data: { yanked: true, yankReason: 'wrong colors' } })
    expect((await place.cpm('install', before)).code).toBe(0)
    expect((await place.cpm('ci', before)).code).toBe(0)
    expect(versionsIn(before)).toEqual({ a: '1.1.0' })
    const after = place.rig.project({ dependencies: { a: '^1.0.0' } })
    expect((await place.cpm('install', after)).code).toBe(0)
    expect(versionsIn(after)).toEqual({ a: '1.0.0' })
    expect((await place.cpm('unyank a@1.1.0')).data).toMatchObject({ yanked: false })
    const later = place.rig.project({ dependencies: { a: '^1.0.0' } })
    expect((await place.cpm('install', later)).code).toBe(0)
    expect(versionsIn(later)).toEqual({ a: '1.1.0' })
  })

  test('warns about installing a deprecated version, until the deprecation is revoked', async () => {
    await using place = await open(kind)
    await place.publish(['a@1.0.0'])
    const install = () => place.cpm('install', place.rig.project({ dependencies: { a: '*' } }))
    const line = ['deprecate', 'a@1.0.0', '--reason', 'slow', '--replacement', 'fast']
    expect((await place.cpm(line)).data).toMatchObject({ deprecated: true, replacement: 'fast' })
    const warned = await install()
    expect(warned.code).toBe(0)
    expect(warned.stderr).toContain('a@1.0.0 is deprecated: slow')
    expect(warned.stderr).toContain('use fast instead')
    // Yanking doesn't affect the deprecation, nor the other way round.
    expect((await place.cpm('yank a@1.0.0')).data).toMatchObject({ yanked: true, deprecated: true })
    expect((await place.cpm('deprecate a@1.0.0 --undo')).data).toMatchObject({ yanked: true, deprecated: false })
    expect((await place.cpm('unyank a@1.0.0')).data).toMatchObject({ yanked: false, deprecated: false })
    expect((await install()).stderr).not.toContain('deprecated')
  })

  test('finds packages by words, keyword and author, a page at a time', async () => {
    await using place = await open(kind)
    await place.publish(
      ['image-tools@1.0.0', { description: 'Scale pictures', keywords: ['image'], maintainers: [{ name: 'Ada L' }] }],
      ['image-viewer@0.1.0', { description: 'Look at pictures', keywords: ['image', 'viewer'] }],
      ['@acme/sound@1.0.0', { description: 'Noise', maintainers: [{ name: 'Bo' }] }],
    )
    const names = async (line: string) =>
      ((await place.cpm(line)).data as { packages: { name: string }[] }).packages.map(({ name }) => name)
    expect(await names('search')).toEqual(['@acme/sound', 'image-tools', 'image-viewer'])
    expect(await names('search pictures scale')).toEqual(['image-tools'])
    expect(await names('search --keyword viewer')).toEqual(['image-viewer'])
    expect(await names('search --author ada')).toEqual(['image-tools'])
    expect(await names('search nonsense')).toEqual([])
    const page = await place.cpm('search --limit 2')
    expect(page.data).toMatchObject({ total: 3, next: 'image-tools' })
    expect(await names('search --limit 2 --after image-tools')).toEqual(['image-viewer'])
  })

  test('shows everything it knows about a package and a version', async () => {
    await using place = await open(kind)
    const manifest = { description: 'Scale pictures', license: 'MIT', keywords: ['image'], dependencies: { b: '^1' } }
    await place.publish(['a@1.0.0'], ['a@1.1.0', manifest], ['a@2.0.0-rc.1'], ['b@1.0.0'])
    expect((await place.cpm('info a')).data).toMatchObject({
      version: null,
      package: {
        name: 'a',
        version: '1.1.0',
        license: 'MIT',
        versions: 3,
        releases: [{ version: '1.0.0' }, { version: '1.1.0' }, { version: '2.0.0-rc.1' }],
      },
    })
    expect((await place.cpm('info a@1.1.0')).data).toMatchObject({
      version: { name: 'a', version: '1.1.0', dependencies: { b: '^1' }, files: 2, yanked: false },
    })
  })

  test('transfers a name to other owners through a signed chain', async () => {
    await using place = await open(kind)
    await place.publish(['a@1.0.0'])
    const { data } = await place.cpm('key generate')
    const other = String(data.id)
    expect((await place.cpm(['owner', 'add', 'a', other])).code).toBe(0)
    expect((await place.cpm('owner list a')).data).toMatchObject({ records: [{ number: 1 }, { number: 2 }] })
    const two = place.rig.package('a@2.0.0')
    expect((await place.cpm(['publish', two, '--key', other])).code).toBe(0)
    expect((await place.cpm(['owner', 'remove', 'a', other])).code).toBe(0)
    const three = place.rig.package('a@3.0.0')
    expect(await place.cpm(['publish', three, '--key', other])).toMatchObject({ code: 5, error: 'OWNER_MISMATCH' })
    const project = place.rig.project({ dependencies: { a: '*' } })
    expect((await place.cpm('install', project)).code).toBe(0)
    expect(versionsIn(project)).toEqual({ a: '2.0.0' })
  })

  test('loses nothing when many versions of a name are published concurrently', async () => {
    await using place = await open(kind)
    const versions = Array.from({ length: 6 }, (_, i) => `1.0.${i}`)
    const answers = await Promise.all(versions.map((version) => place.publish([`a@${version}`])))
    expect(answers.map(({ code }) => code)).toEqual(versions.map(() => 0))
    const { data } = await place.cpm('info a')
    const { releases } = data.package as { releases: { version: string }[] }
    expect(releases.map(({ version }) => version).sort()).toEqual(versions)
  })
})

test('a lock written for a folder stays the same when the registry moves to HTTP', async () => {
  await using rig = await Rig.create()
  await rig.publish(['a@1.0.0', { dependencies: { '@acme/b': '^1.0.0' } }], '@acme/b@1.2.0')
  const project = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  const lock = fs.readFileSync(path.join(project, 'colony.lock'))
  await using server = await serve(rig)
  const env = { CPM_REGISTRY: server.url }
  // On a fresh machine, the lock is installed, and then recreated from scratch with the same bytes.
  await using other = await Rig.create()
  const copy = other.project({ dependencies: { a: '*' } })
  fs.writeFileSync(path.join(copy, 'colony.lock'), lock)
  expect((await other.cpm('ci', { cwd: copy, env })).code).toBe(0)
  expect((await other.cpm('install', { cwd: copy, env })).code).toBe(0)
  expect(fs.readFileSync(path.join(copy, 'colony.lock'))).toEqual(lock)
  fs.rmSync(path.join(copy, 'colony.lock'))
  expect((await other.cpm('install', { cwd: copy, env })).code).toBe(0)
  expect(fs.readFileSync(path.join(copy, 'colony.lock'))).toEqual(lock)
})
