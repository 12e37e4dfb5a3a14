import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { digestsIn } from '../../src/installer/keep/known-projects.ts'
import { withGcLock } from '../../src/installer/keep/reserve.ts'
import { Store } from '../../src/installer/store.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

interface Size {
  files: number
  size: number
  kinds: Record<string, { files: number; size: number }>
}

/** Makes all files of the cache older than an install takes. */
function age(rig: Rig): void {
  const cache = path.join(rig.home, 'cache')
  const at = new Date(Date.now() - 2 * 3_600_000)
  for (const file of rig.files(cache)) fs.utimesSync(path.join(cache, file), at, at)
}

test('cache clean removes what a registry would send again, and keeps what projects need offline', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'b@1.0.0')
  await using server = await serve(rig)
  const env = { CPM_REGISTRY: server.url }
  const [project, other] = [rig.project({ dependencies: { a: '*' } }), rig.project({ dependencies: { b: '*' } })]
  for (const cwd of [project, other]) expect((await rig.cpm('install', { cwd, env })).code).toBe(0)
  expect((await rig.cpm('uninstall b', { cwd: other, env })).code).toBe(0)
  age(rig)
  const sizes = (await rig.cpm('cache size --json')).json.data as Size
  expect(sizes.kinds).toMatchObject({ index: { files: 2 }, envelope: { files: 2 }, leftover: { files: 0 } })
  const before = rig.files(path.join(rig.home, 'cache'))
  expect((await rig.cpm('cache clean --dry-run')).stdout).toContain('would free')
  expect(rig.files(path.join(rig.home, 'cache'))).toEqual(before)

  const cleaned = await rig.cpm('cache clean')
  expect(cleaned.stdout).toMatch(
    /copies of indexes \(2 files\)\n.*envelopes that prove packages \(1 file\)\n(.*other files.*\n)?freed /,
  )
  expect(cleaned.stdout).toContain('offline, cpm can choose versions only after it has read the indexes again')
  const left = rig.files(path.join(rig.home, 'cache'))
  expect(left.filter((file) => file.endsWith('.dsse')).map((file) => path.basename(path.dirname(file)))).toEqual(['a'])
  expect(left.filter((file) => file.includes('/owners/'))).toHaveLength(2)
  for (const command of ['ci --offline', 'verify --offline'])
    expect((await rig.cpm(command, { cwd: project, env })).code, command).toBe(0)
  await rig.cpm('cache clean')
  expect((await rig.cpm('cache clean')).stdout).toMatch(/^nothing to remove; .* left$/)

  const all = await rig.cpm('cache clean --all')
  expect(all.stdout).toContain("offline, cpm can't prove installed packages")
  expect(rig.files(path.join(rig.home, 'cache'))).toEqual([])
  expect((await rig.cpm('verify --offline --json', { cwd: project, env })).json.error?.code).toBe('PROOF_MISSING')
  expect((await rig.cpm('verify', { cwd: project, env })).code).toBe(0)
})

test('cache clean keeps all envelopes if it is unknown what a project uses, and young ones', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const project = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  const envelopes = () => rig.files(path.join(rig.home, 'cache')).filter((file) => file.endsWith('.dsse'))
  const notes = path.join(rig.store, 'projects')
  const [note = ''] = fs.readdirSync(notes)
  fs.rmSync(path.join(notes, note))
  await rig.cpm('cache clean')
  expect(envelopes(), 'a young one').toHaveLength(1)
  age(rig)
  fs.writeFileSync(path.join(notes, note), 'damaged')
  await rig.cpm('cache clean')
  expect(envelopes(), 'an unknown project').toHaveLength(1)
  fs.rmSync(path.join(notes, note))
  await rig.cpm('cache clean')
  expect(envelopes()).toEqual([])
})

test('cache clean keeps what a running install needs, even if it was kept long ago for a project that is gone', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const gone = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: gone })).code).toBe(0)
  const lock = fs.readFileSync(path.join(gone, 'colony.lock'), 'utf8')
  const cache = path.join(rig.home, 'cache')
  const envelope = path.join(cache, rig.files(cache).find((file) => file.endsWith('.dsse')) ?? '')
  fs.rmSync(gone, { recursive: true })
  expect((await rig.cpm('gc --forget-missing')).code).toBe(0)
  age(rig)
  // It starts to use the package just before cache clean can begin.
  const store = new Store(rig.store)
  let cleaning: Promise<CpmResult> | undefined
  const project = rig.project()
  await withGcLock(store, { lockTimeout: 1000, emit: () => undefined }, async () => {
    cleaning = rig.cpm('cache clean')
    await delay(300)
    store.notes.add(project, digestsIn(lock))
  })
  expect((await cleaning)?.code).toBe(0)
  expect(fs.existsSync(envelope)).toBe(true)
  store.notes.remove(project)
  // It has proven the package, and will say so when it has chosen all versions.
  age(rig)
  const other = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: other })).code).toBe(0)
  expect(Date.now() - fs.statSync(envelope).mtimeMs).toBeLessThan(60_000)
})

test('cache dir and size work before anything is cached', async () => {
  await using rig = await Rig.create()
  const cache = path.join(rig.home, 'cache')
  expect((await rig.cpm('cache dir')).stdout).toBe(cache)
  expect((await rig.cpm('cache size')).stdout).toBe(`0 B, 0 files in ${cache}`)
  expect((await rig.cpm('cache clean')).stdout).toBe('nothing to remove; 0 B, 0 files left')
  expect(fs.existsSync(rig.home)).toBe(false)
})
