import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { countChanges, faultEnv, leftovers, spread } from './faulty.ts'

/** CPM_SWEEP=all stops at every change; the default keeps the run short. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : 6

// These tests start and stop hundreds of processes.
vi.setConfig({ testTimeout: 600_000 })

async function publishedRig(): Promise<Rig> {
  const rig = await Rig.create()
  await rig.publish(
    ['c@1.0.0', { files: { 'data/c.txt': 'c'.repeat(3000) } }],
    ['b@1.0.0', { dependencies: { c: '^1.0.0' } }],
  )
  await rig.publish(
    ['a@1.0.0', { dependencies: { b: '^1.0.0' } }],
    ['@org/d@1.0.0', { files: { 'bin/d': '#!/bin/sh\n' } }],
  )
  return rig
}

test('a full sweep includes every point, and a shorter one includes the first, the last and the tail', () => {
  expect(spread(5, Infinity)).toEqual([1, 2, 3, 4, 5])
  expect(spread(3, 6)).toEqual([1, 2, 3])
  expect(spread(100, 3, 2)).toEqual([1, 51, 99, 100])
})

describe('G01 kill -9 while installing', () => {
  test.each(['main', 'worker'] as const)(
    'leaves a project that the next command completes, wherever a %s thread stops',
    async (thread) => {
      await using rig = await publishedRig()
      const manifest = { dependencies: { a: '^1.0.0', '@org/d': '^1.0.0' } }
      const last = await countChanges(rig, ['install'], rig.project(manifest), thread)
      expect(last).toBeGreaterThan(thread === 'main' ? 25 : 10)
      for (const k of spread(last, MOST)) {
        fs.rmSync(rig.store, { recursive: true, force: true })
        const project = rig.project(manifest)
        await rig.cpm('install', { cwd: project, env: faultEnv(`kill:${k}`, thread) })
        const again = await rig.cpm('install', { cwd: project })
        expect.soft(again.code, `install after kill at ${k}: ${again.stderr}`).toBe(0)
        const ci = await rig.cpm('ci', { cwd: project })
        expect.soft(ci.code, `ci after kill at ${k}: ${ci.stderr}`).toBe(0)
        const verified = await rig.cpm('verify', { cwd: project })
        expect.soft(verified.code, `verify after kill at ${k}: ${verified.stderr}`).toBe(0)
        expect
          .soft(fs.readdirSync(path.join(project, 'colony_packages')).sort(), `at ${k}`)
          .toEqual(['.cpm', '.gitignore', '@org', 'a', 'b', 'c'])
        expect.soft(leftovers(project, rig.home), `after kill at ${k}`).toEqual([])
      }
    },
  )

  test('leaves either the old or the new state when adding a dependency', async () => {
    await using rig = await publishedRig()
    const installed = rig.project({ dependencies: { c: '^1.0.0' } })
    await rig.cpm('install', { cwd: installed })
    const copy = (name: string) => {
      fs.cpSync(installed, rig.path(name), { recursive: true, verbatimSymlinks: true })
      return rig.path(name)
    }
    const last = await countChanges(rig, ['install', 'a'], copy('counted'))
    for (const k of spread(last, MOST, 14)) {
      const project = copy(`killed-${k}`)
      await rig.cpm('install a', { cwd: project, env: faultEnv(`kill:${k}`) })
      // The next command sees a consistent project: manifest, lock and packages are all old or all new.
      const listed = await rig.cpm('ci --json', { cwd: project })
      expect.soft(listed.code, `ci after kill at ${k}: ${listed.stdout}`).toBe(0)
      const manifest = fs.readFileSync(path.join(project, 'colony.yaml'), 'utf8')
      const names = fs.readdirSync(path.join(project, 'colony_packages')).filter((name) => !name.startsWith('.'))
      expect
        .soft(names, `after kill at ${k}`)
        .toEqual(manifest.includes('a:') && manifest.includes('a: ^1.0.0') ? ['a', 'b', 'c'] : ['c'])
      expect.soft(leftovers(project, rig.home), `after kill at ${k}`).toEqual([])
    }
  })
})

function hasIndexLine(rig: Rig, name: string): boolean {
  const file = path.join(rig.registry, 'index', name)
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('\n')
}

describe('G01 kill -9 while publishing', () => {
  test.each(['main', 'worker'] as const)(
    'leaves each package published completely or not at all, wherever a %s thread stops',
    async (thread) => {
      await using counting = await Rig.create()
      const packages = (rig: Rig) => [
        rig.package('one@1.0.0', { files: { 'x/y': 'y'.repeat(9000) } }),
        rig.package('two@1.0.0'),
        rig.package('@org/three@1.0.0'),
      ]
      await counting.cpm('key generate')
      const keys = counting.path('keys')
      fs.cpSync(path.join(counting.home, 'keys'), keys, { recursive: true })
      const last = await countChanges(counting, ['publish', ...packages(counting)], counting.root, thread)
      for (const k of spread(last, MOST, thread === 'main' ? 14 : 0)) {
        await using rig = await Rig.create()
        fs.cpSync(keys, path.join(rig.home, 'keys'), { recursive: true })
        const folders = packages(rig)
        const killed = await rig.cpm(['publish', ...folders], { env: faultEnv(`kill:${k}`, thread) })
        // The pool distributes work differently each time, so a worker may make fewer changes than counted.
        if (thread === 'main') expect.soft(killed.code, `kill at ${k}`).not.toBe(0)
        // A reader in between sees only complete packages: everything that an index line names exists.
        for (const name of ['one', 'two', '@org/three']) {
          if (!hasIndexLine(rig, name)) continue
          const at = path.join(rig.registry, 'packages', name, '1.0.0', `${path.basename(name)}-1.0.0`)
          const whole = [`${at}.cpm`, `${at}.dsse`, path.join(rig.registry, 'keys', name)].every((file) =>
            fs.existsSync(file),
          )
          expect.soft(whole, `${name} after kill at ${k}`).toBe(true)
        }
        // The next publication finishes or undoes it, so either all packages are there or none.
        const other = await rig.cpm(['publish', rig.package('other@1.0.0')])
        expect.soft(other.code, `another publication after kill at ${k}: ${other.stderr}`).toBe(0)
        const there = ['one', 'two', '@org/three'].filter((name) =>
          fs.existsSync(path.join(rig.registry, 'index', name)),
        )
        expect.soft([0, 3], `${there.join()} after kill at ${k}`).toContain(there.length)
        const again = await rig.cpm(['publish', ...folders, '--json'])
        expect.soft(again.code, `publish after kill at ${k}: ${again.stdout}`).toBe(0)
        const project = rig.project({ dependencies: { one: '*', two: '*', '@org/three': '*' } })
        await rig.cpm('install', { cwd: project })
        const verified = await rig.cpm('verify', { cwd: project })
        expect.soft(verified.code, `verify after kill at ${k}: ${verified.stderr}`).toBe(0)
        for (const name of ['one', 'two', '@org/three']) {
          const lines = rig.read(`home/registry/index/${name}`).trimEnd().split('\n')
          expect.soft(lines.length, `index of ${name} after kill at ${k}`).toBe(1)
        }
        expect.soft(leftovers(rig.registry), `after kill at ${k}`).toEqual([])
      }
    },
  )
})

describe('G01 kill -9 while changing the status or owners of a package', () => {
  test.each(['yank', 'owner add'] as const)('%s takes effect or not, and can be repeated', async (change) => {
    await using rig = await publishedRig()
    const { json } = await rig.cpm('key generate --json')
    const { id } = json.data as { id: string }
    const words = change === 'yank' ? ['yank', 'c@1.0.0'] : ['owner', 'add', 'c', id]
    const [file, kept] = change === 'yank' ? ['index/c', 'index-c'] : ['keys/c', 'keys-c']
    const said = path.join(rig.registry, file)
    fs.copyFileSync(said, rig.path(kept))
    const before = fs.readFileSync(said, 'utf8')
    const restore = () => {
      fs.copyFileSync(rig.path(kept), said)
      // Otherwise the index memory would report the older index.
      fs.rmSync(path.join(rig.home, 'cache'), { recursive: true, force: true })
    }
    const last = await countChanges(rig, words, rig.root)
    for (const k of spread(last, MOST, 8)) {
      restore()
      await rig.cpm(words, { env: faultEnv(`kill:${k}`) })
      const now = fs.readFileSync(said, 'utf8')
      expect.soft(now.startsWith(before), `after kill at ${k}`).toBe(true)
      const again = await rig.cpm(words)
      expect.soft(again.code, `${change} after kill at ${k}: ${again.stderr}`).toBe(0)
      // A command without changes does not clean up, but the next change does.
      expect.soft((await rig.cpm(`yank ${change === 'yank' ? 'a' : 'c'}@1.0.0`)).code).toBe(0)
      expect.soft(fs.readFileSync(said, 'utf8').trimEnd().split('\n').length, `lines after kill at ${k}`).toBe(2)
      expect.soft(leftovers(rig.registry), `after kill at ${k}`).toEqual([])
    }
  })
})

describe('G05 a full disk', () => {
  test('makes an install fail only with DISK_FULL, and the next install succeeds', async () => {
    await using rig = await publishedRig()
    const manifest = { dependencies: { a: '^1.0.0' } }
    const last = await countChanges(rig, ['install'], rig.project(manifest))
    for (const k of spread(last, MOST)) {
      fs.rmSync(rig.store, { recursive: true, force: true })
      const project = rig.project(manifest)
      const full = await rig.cpm('install --json', { cwd: project, env: faultEnv(`ENOSPC:${k}`) })
      if (full.code !== 0) expect.soft(full.json.error?.code, `ENOSPC at ${k}: ${full.stdout}`).toBe('DISK_FULL')
      const again = await rig.cpm('install', { cwd: project })
      expect.soft(again.code, `install after ENOSPC at ${k}: ${again.stderr}`).toBe(0)
      expect.soft((await rig.cpm('verify', { cwd: project })).code, `verify after ENOSPC at ${k}`).toBe(0)
      expect.soft(leftovers(project, rig.home), `after ENOSPC at ${k}`).toEqual([])
    }
  })
})
