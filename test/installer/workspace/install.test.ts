import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Lock } from '../../../src/schema/lock.ts'
import { Rig } from '../../rig/rig.ts'

const rig = await Rig.create()
await rig.publish('codec@1.0.0', 'codec@1.1.0', 'codec@2.0.0', 'paint@1.0.0', [
  'image@1.0.0',
  { dependencies: { codec: '^1.0.0' } },
])
afterAll(() => rig[Symbol.asyncDispose]())

type Manifest = Record<string, unknown>

const APP = { name: 'app', dependencies: { image: '^1.0.0', lib: '^1.0.0' } }
const LIB = { name: 'lib', version: '1.2.0', dependencies: { paint: '^1.0.0' } }

let root: string
beforeEach(() => {
  root = rig.project({ workspace: { members: ['packages/*'] } })
  put('packages/app', APP)
  put('packages/lib', LIB)
})

function put(folder: string, manifest: Manifest): void {
  rig.write({ [`${folder}/colony.yaml`]: stringify({ apiVersion: 'v1', ...manifest }) }, root)
}

async function cpm(line: string, folder = '.') {
  return await rig.cpm(line, { cwd: path.join(root, folder) })
}

async function ok(line: string, folder?: string): Promise<unknown> {
  const { code, stdout, stderr } = await cpm(`${line} --json`, folder)
  expect([code, stderr.includes('error'), code === 0 ? '' : stdout]).toEqual([0, false, ''])
  return (JSON.parse(stdout) as { data: unknown }).data
}

async function failed(line: string, folder?: string): Promise<{ code: string; message: string; hint?: string }> {
  const { json } = await cpm(`${line} --json`, folder)
  if (!json.error) throw new Error(`cpm ${line} did not fail`)
  return json.error
}

function links(folder: string): Record<string, string> {
  const packages = path.join(root, folder, 'colony_packages')
  if (!fs.existsSync(packages)) return {}
  const names = fs.readdirSync(packages).filter((name) => !name.startsWith('.'))
  return Object.fromEntries(names.map((name) => [name, fs.realpathSync(path.join(packages, name))]))
}

function lock(): Lock {
  return JSON.parse(fs.readFileSync(path.join(root, 'colony.lock'), 'utf8')) as Lock
}

function text(folder: string): string {
  return fs.readFileSync(path.join(root, folder, 'colony.yaml'), 'utf8')
}

describe('cpm install in a workspace', () => {
  test('gives each member what it asks for, from one lock', async () => {
    await ok('install', 'packages/app')
    expect(fs.existsSync(path.join(root, 'packages/app/colony.lock'))).toBe(false)
    expect(Object.keys(links('packages/app'))).toEqual(['codec', 'image', 'lib', 'paint'])
    expect(Object.keys(links('packages/lib'))).toEqual(['paint'])
    expect(links('.')).toEqual({})
    const { roots, packages } = lock()
    expect(roots).toMatchObject({
      '.': { dependencies: {} },
      'packages/app': { dependencies: { image: '^1.0.0', lib: '^1.0.0' } },
      'packages/lib': { dependencies: { paint: '^1.0.0' } },
    })
    expect(packages['codec' as keyof typeof packages]).toMatchObject({ version: '1.1.0' })
  })

  test('a member that another asks for by name and range is its folder', async () => {
    await ok('install')
    expect(lock().packages).toMatchObject({
      lib: { path: 'packages/lib', version: '1.2.0', dependencies: { paint: '^1.0.0' } },
    })
    expect(links('packages/app').lib).toBe(path.join(root, 'packages/lib'))
    expect(fs.readlinkSync(path.join(root, 'packages/app/colony_packages/lib'))).toBe('../../lib')
  })
})

describe('adding and removing packages', () => {
  test('in a member changes the colony.yaml of the member, and the lock of the root', async () => {
    await ok('install codec@^1.0.0', 'packages/lib')
    expect(text('packages/lib')).toContain('codec: ^1.0.0')
    expect(text('.')).not.toContain('codec')
    expect(Object.keys(links('packages/lib'))).toEqual(['codec', 'paint'])
    await ok('uninstall codec', 'packages/lib')
    expect(text('packages/lib')).not.toContain('codec')
    expect(Object.keys(links('packages/lib'))).toEqual(['paint'])
    expect(Object.keys(links('packages/app'))).toEqual(['codec', 'image', 'lib', 'paint'])
  })

  test.each([
    ['lib', ['packages/lib']],
    ['l*', ['packages/lib']],
    ['./packages/app', ['packages/app']],
    ['./packages', ['packages/app', 'packages/lib']],
    ['./packages/*', ['packages/app', 'packages/lib']],
    ['!lib --filter ./packages', ['packages/app']],
  ])('with --filter %s changes %s', async (filter, changed) => {
    await ok(`install codec@^1.0.0 --filter ${filter}`)
    const has = (folder: string) => text(folder).includes('codec: ^1.0.0')
    expect(['packages/app', 'packages/lib', '.'].filter(has)).toEqual(changed)
  })

  test('a member is added by its name, with its version', async () => {
    put('packages/app', { name: 'app' })
    await ok('install lib', 'packages/app')
    expect(text('packages/app')).toContain('lib: ^1.2.0')
    expect(links('packages/app').lib).toBe(path.join(root, 'packages/lib'))
  })

  test('of several members, each loses what it has', async () => {
    await ok('install')
    await ok('uninstall paint image --filter app --filter lib')
    expect([text('packages/app').includes('image'), text('packages/lib').includes('paint')]).toEqual([false, false])
    expect(await failed('uninstall nothing --filter app --filter lib')).toMatchObject({
      code: 'PACKAGE_NOT_FOUND',
      message: 'none of the chosen members depends on nothing',
    })
  })
})

describe('a filter', () => {
  test('limits whose packages are installed', async () => {
    await ok('install --filter lib')
    expect([Object.keys(links('packages/app')), Object.keys(links('packages/lib'))]).toEqual([[], ['paint']])
    expect(Object.keys(lock().roots)).toEqual(['.', 'packages/app', 'packages/lib'])
    await ok('ci --filter app')
    expect(Object.keys(links('packages/app'))).toEqual(['codec', 'image', 'lib', 'paint'])
  })

  test.each([
    ['install --filter lbi', 'no member of the workspace matches --filter lbi; did you mean lib?'],
    [
      'install --filter ./packages/lip',
      'no member of the workspace matches --filter ./packages/lip; did you mean ./packages/lib?',
    ],
    ['install --filter lib --filter !lib', '--filter lib --filter !lib leaves no member'],
  ])('that matches nothing is an error: cpm %s', async (line, message) => {
    expect(await failed(line)).toMatchObject({ code: 'MEMBER_NOT_FOUND', message })
  })

  test('that is a folder without ./ gets a hint', async () => {
    expect(await failed('install --filter packages/lib')).toMatchObject({ hint: '--filter ./packages/lib' })
  })

  test('is an error outside of a workspace', async () => {
    root = rig.project()
    expect(await failed('install --filter lib')).toMatchObject({ code: 'USAGE' })
  })
})

describe('the lock is held against every member:', () => {
  beforeEach(async () => {
    await ok('install')
    await ok('ci')
  })

  test.each<[what: string, change: () => void, message: string]>([
    [
      'a changed requirement',
      () => {
        put('packages/lib', { ...LIB, dependencies: { paint: '^1.0.0', codec: '*' } })
      },
      'colony.lock is out of date with packages/lib/colony.yaml, and this command must not update it',
    ],
    [
      'a new member',
      () => {
        put('packages/new', { name: 'new' })
      },
      'colony.lock is out of date with the workspace: it does not have packages/new, and this command must not update it',
    ],
    [
      'a removed member',
      () => {
        put('packages/app', { name: 'app' })
        fs.rmSync(path.join(root, 'packages/lib'), { recursive: true })
      },
      'colony.lock is out of date with packages/app/colony.yaml, and this command must not update it',
    ],
    [
      'a renamed member',
      () => {
        put('packages/lib', { ...LIB, name: 'other' })
        put('packages/app', { ...APP, dependencies: { image: '^1.0.0', other: '*' } })
      },
      'colony.lock is out of date with packages/app/colony.yaml, and this command must not update it',
    ],
    [
      'a new version of a member that others use',
      () => {
        put('packages/lib', { ...LIB, version: '1.3.0' })
      },
      'colony.lock is out of date with packages/lib/colony.yaml, and this command must not update it',
    ],
  ])('%s', async (_what, change, message) => {
    change()
    expect(await failed('ci')).toMatchObject({ code: 'LOCK_OUTDATED', message })
    expect(await failed('install --frozen')).toMatchObject({ code: 'LOCK_OUTDATED' })
    expect(await ok('install')).toMatchObject({ changedLock: true })
    expect(await ok('ci')).toMatchObject({ upToDate: true })
  })

  test('an excluded member leaves the lock', async () => {
    put('.', { workspace: { members: ['packages/*'], exclude: ['packages/app'] } })
    expect(await failed('ci')).toMatchObject({
      message:
        'colony.lock is out of date with the workspace: packages/app is no longer a member, and this command must not update it',
    })
    await ok('install')
    expect(Object.keys(lock().packages)).toEqual(['paint'])
  })

  test('a comment in a member changes nothing', async () => {
    fs.appendFileSync(path.join(root, 'packages/lib/colony.yaml'), '# a comment\n')
    expect(await ok('ci')).toMatchObject({ upToDate: true })
  })

  test('links that are missing in a member are made again', async () => {
    fs.rmSync(path.join(root, 'packages/lib/colony_packages/paint'))
    expect(await ok('install')).toMatchObject({ upToDate: false, changedLock: false })
    expect(Object.keys(links('packages/lib'))).toEqual(['paint'])
  })

  test('nothing to do is found out from what earlier commands found out', async () => {
    const memory = rig.path('home/cache/settled')
    const texts = fs.readdirSync(memory).map((name) => fs.readFileSync(path.join(memory, name), 'utf8'))
    expect(texts.filter((line) => line === 'proven\n').length).toBeGreaterThan(0)
    for (const line of ['install', 'ci', 'install --offline'])
      expect([line, await ok(line, 'packages/app')]).toEqual([line, expect.objectContaining({ upToDate: true })])
  })
})
