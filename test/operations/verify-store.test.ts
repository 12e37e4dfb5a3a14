import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

/** A machine with `a` and `b` installed in two projects. */
async function installedRig(): Promise<{ rig: Rig; first: string; second: string }> {
  const rig = await Rig.create()
  await rig.publish(['a@1.0.0', { files: { 'a.txt': 'a\n' } }], ['b@1.0.0', { files: { 'b.txt': 'b\n' } }])
  const first = rig.project({ dependencies: { a: '*', b: '*' } })
  const second = rig.project({ dependencies: { a: '*' } })
  for (const cwd of [first, second]) expect((await rig.cpm('install', { cwd })).code).toBe(0)
  return { rig, first, second }
}

function damage(rig: Rig, ending: string): void {
  const file = rig.storeFile(ending)
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, 'changed\n')
}

test('store verify names damaged packages, their files and the projects that use them', async () => {
  const { rig, first, second } = await installedRig()
  await using _ = rig
  expect((await rig.cpm('store verify')).stdout).toBe('proven: 2 packages, 6 files')
  damage(rig, 'a.txt')
  fs.rmSync(rig.storeFile('b.txt'))
  const { code, stderr } = await rig.cpm('store verify')
  expect(code).toBe(5)
  expect(stderr).toContain('2 of 2 packages in the store are damaged:')
  expect(stderr).toContain('a@1.0.0: 1 file changed, missing or added; used by')
  for (const project of [first, second]) expect(stderr).toContain(project)
  expect(stderr).toContain('changed a.txt (different contents)')
  expect(stderr).toContain('missing b.txt')
  expect(stderr).toContain('cpm store verify --repair')
  const { json } = await rig.cpm('store verify --json')
  expect(json.error).toMatchObject({ code: 'STORE_DAMAGED', details: { entries: 2, findings: [{}, {}] } })
})

test('G08 store verify --repair fetches damaged packages again from the registry of a lock that names them', async () => {
  const { rig, first, second } = await installedRig()
  await using _ = rig
  damage(rig, 'a.txt')
  fs.rmSync(rig.storeFile('b.txt'))
  const { code, stdout, stderr } = await rig.cpm('store verify --repair')
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('repaired a@1.0.0')
  expect(stdout).toContain('repaired b@1.0.0')
  for (const cwd of [first, second]) expect((await rig.cpm('verify', { cwd })).code).toBe(0)
  expect((await rig.cpm('store verify')).code).toBe(0)
  expect(fs.readdirSync(path.join(rig.store, 'tmp'))).toEqual([])
})

test("store verify --repair says why it can't repair a package, and leaves it", async () => {
  await using rig = await Rig.create()
  await rig.publish(['a@1.0.0', { files: { 'a.txt': 'a\n' } }])
  const project = rig.project({ dependencies: { a: '*' } })
  let env = {}
  {
    await using server = await serve(rig)
    env = { CPM_REGISTRY: server.url }
    expect((await rig.cpm('install', { cwd: project, env })).code).toBe(0)
  }
  damage(rig, 'a.txt')
  const { code, stderr } = await rig.cpm('store verify --repair --offline', { env })
  expect(code).toBe(5)
  expect(stderr).toContain('1 of 1 package in the store is still damaged')
  expect(stderr).toContain('not repaired: ')
  expect(stderr).toContain(`run cpm ci in ${project} when its registry is reachable`)
  expect(fs.existsSync(rig.storeFile('a.txt'))).toBe(true)
  expect((await rig.cpm(['store', 'verify', '--repair', '--registry', rig.registry])).code).toBe(0)
})

test('store verify --repair removes a damaged package that nothing uses, but not one that a project links to', async () => {
  const { rig, first, second } = await installedRig()
  await using _ = rig
  damage(rig, 'a.txt')
  damage(rig, 'b.txt')
  fs.rmSync(path.join(first, 'colony.lock'))
  expect((await rig.cpm('uninstall a', { cwd: second })).code).toBe(0)
  const linked = await rig.cpm('store verify --repair')
  expect(linked.code).toBe(5)
  expect(linked.stderr).toContain(`not repaired: ${first} used it, but no lock that can be read names it`)
  fs.rmSync(first, { recursive: true })
  const notes = path.join(rig.store, 'projects')
  for (const name of fs.readdirSync(notes))
    if (fs.readFileSync(path.join(notes, name), 'utf8').includes(first)) fs.rmSync(path.join(notes, name))
  const { code, stdout, stderr } = await rig.cpm('store verify --repair')
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/removed a@1\.0\.0\n/)
  expect((await rig.cpm('store verify')).stdout).toBe('proven: 0 packages, 0 files')
})

test('store verify finds an entry that is not a folder, and proves again what a crash may have damaged', async () => {
  const { rig, first } = await installedRig()
  await using _ = rig
  const entry = path.dirname(rig.storeFile('b.txt'))
  fs.rmSync(entry, { recursive: true })
  fs.writeFileSync(entry, '')
  const { stderr } = await rig.cpm('store verify')
  expect(stderr).toContain(`b@1.0.0: cannot read ${entry}`)
  expect((await rig.cpm('store verify --repair')).code).toBe(0)
  expect((await rig.cpm('verify', { cwd: first })).code).toBe(0)
  const boots = path.join(rig.store, 'boots')
  const [boot = ''] = fs.readdirSync(boots)
  fs.renameSync(path.join(boots, boot), path.join(boots, 'earlier'))
  // Older than a day, so that it can't be of another machine that shares the store.
  fs.utimesSync(path.join(boots, 'earlier'), 0, 0)
  expect((await rig.cpm('store verify')).code).toBe(0)
  expect(fs.readdirSync(boots)).toEqual([boot])
})
