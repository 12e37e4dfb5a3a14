import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Looked } from '../../src/installer/undisturbed.ts'
import { areUnchanged } from '../../src/operations/project/unchanged-entries.ts'
import { Rig } from '../rig/rig.ts'
import { gc } from '../rig/garbage.ts'

const isRoot = process.getuid?.() === 0
/** An unprivileged account: root can write to every folder. */
const NOBODY = 65534

/** A machine with a site store that has `a`, which needs `b`, and a user who may read it. */
async function siteRig(sites = ['site']) {
  const rig = await Rig.create()
  await rig.publish('b@1.0.0', [
    'a@1.0.0',
    { dependencies: { b: '^1.0.0' }, files: { 'bin/a': '#!/bin/sh\necho a\n' } },
  ])
  const dependencies = { a: '^1.0.0' }
  const keeper = rig.project({ dependencies })
  for (const site of sites) {
    rig.write({ 'keeper/config.json': JSON.stringify({ storage: { store: rig.path(site) } }) })
    fs.rmSync(path.join(keeper, 'colony_packages'), { recursive: true, force: true })
    const args = ['install', '--registry', rig.registry]
    const { code, stderr } = await rig.cpm(args, { cwd: keeper, env: { CPM_HOME: rig.path('keeper') } })
    expect(code, stderr).toBe(0)
  }
  rig.write({ 'home/config.json': JSON.stringify({ storage: { siteStores: sites.map((site) => rig.path(site)) } }) })
  // A fingerprint counts once the clock has moved on from the last write.
  await new Promise((resolve) => setTimeout(resolve, 100))
  return { rig, keeper, project: () => rig.project({ dependencies }) }
}

async function ok(rig: Rig, line: string, cwd: string) {
  const result = await rig.cpm(line, { cwd })
  expect(result.code, `${line}: ${result.stdout}${result.stderr}`).toBe(0)
  return result
}

function entriesOf(store: string): string[] {
  if (!fs.existsSync(store)) return []
  const shards = fs.readdirSync(store).filter((name) => name.length === 2)
  return shards.flatMap((shard) =>
    fs.readdirSync(path.join(store, shard)).filter((name) => /^[0-9a-f]{64}$/.test(name)),
  )
}

/** Returns everything about the files of a folder that a write would change. */
function stampsOf(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { ino, mode, size, mtimeMs, ctimeMs } = fs.lstatSync(path.join(folder, name))
    return [name, ino, mode, size, mtimeMs, ctimeMs].join(' ')
  })
}

/** Changes a file in a site store, as a program of another user might. */
function damage(site: string, ending: string): void {
  const name = fs.readdirSync(site, { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith(ending)) ?? ''
  const file = path.join(site, name)
  fs.chmodSync(file, 0o755)
  fs.appendFileSync(file, 'echo evil\n')
}

function removeArchives(rig: Rig): void {
  for (const file of rig.files(rig.registry).filter((name) => name.endsWith('.cpm')))
    fs.rmSync(path.join(rig.registry, file))
}

const linkOf = (project: string, name: string) => fs.readlinkSync(path.join(project, 'colony_packages', name))

describe('an entry of a site store', () => {
  test('is used without a download, by links, in every command, and the site store stays as it is', async () => {
    const made = await siteRig()
    await using rig = made.rig
    const site = rig.path('site')
    const before = stampsOf(site)
    removeArchives(rig)
    const project = made.project()
    const { stdout } = await ok(rig, 'install', project)
    expect(stdout).toMatch(/^\+ a 1\.0\.0\n\+ b 1\.0\.0\n2 packages installed in [\d.]+ s \(from the store\)$/)
    expect(linkOf(project, 'a').startsWith(site)).toBe(true)
    expect(entriesOf(rig.store)).toEqual([])
    for (const line of ['install', 'ci', 'ci --prove', 'verify', 'list', 'store verify', 'store verify --repair', 'gc'])
      await ok(rig, line, project)
    await ok(rig, 'install -g a', rig.root)
    expect(execFileSync(path.join(rig.home, 'bin/a'), { encoding: 'utf8' })).toBe('a\n')
    expect((await gc(rig)).kept).toBe(0)
    expect(stampsOf(site)).toEqual(before)
  })

  test('is proven at its first use, and then by its fingerprint', async () => {
    const made = await siteRig()
    await using rig = made.rig
    const project = made.project()
    const proved = async (line: string, cwd: string) =>
      (await ok(rig, `${line} --events`, cwd)).stdout.match(/"type":"proved"/g)?.length ?? 0
    expect(await proved('install', project)).toBe(2)
    expect(await proved('ci', project)).toBe(0)
    expect(await proved('install', made.project())).toBe(0)
    expect(await proved('ci --prove', project)).toBe(2)
    // A command that finds nothing to do remembers what it looked at.
    await new Promise((resolve) => setTimeout(resolve, 100))
    await ok(rig, 'ci', project)
    const folder = path.join(rig.home, 'cache/undisturbed')
    const name = fs.readdirSync(folder).find((file) => file.endsWith('.ci.json')) ?? ''
    const looked = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as Looked
    expect(await areUnchanged(looked)).toBe(true)
    // The records are in the user's own store.
    fs.rmSync(path.join(rig.store, 'sites'), { recursive: true })
    expect(await proved('install', made.project())).toBe(2)
  })

  test('is not trusted for a lock of unknown origin: the signatures are proven too', async () => {
    const made = await siteRig()
    await using rig = made.rig
    const project = made.project()
    fs.copyFileSync(path.join(made.keeper, 'colony.lock'), path.join(project, 'colony.lock'))
    fs.rmSync(path.join(rig.registry, 'packages/b/1.0.0/b-1.0.0.dsse'))
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect([code, entriesOf(rig.store), fs.existsSync(path.join(project, 'colony_packages/b'))]).toEqual([5, [], false])
    expect(stderr).toContain('b')
  })

  test.each([
    ['at the first use', false],
    ['later, in another project', true],
  ])('that is damaged %s falls through to the own store with a warning', async (_when, isUsed) => {
    const made = await siteRig()
    await using rig = made.rig
    const first = made.project()
    if (isUsed) await ok(rig, 'install', first)
    damage(rig.path('site'), '/bin/a')
    const project = made.project()
    const { stdout, stderr } = await ok(rig, 'install', project)
    expect(stderr).toContain(`warning: a@1.0.0 in the site store ${rig.path('site/v1')} does not match what was signed`)
    expect(stdout).toMatch(/\(1 from the registry, \d+ B; 1 from the store\)$/)
    expect(linkOf(project, 'a').startsWith(rig.store)).toBe(true)
    expect(linkOf(project, 'b').startsWith(rig.path('site'))).toBe(true)
    await ok(rig, 'verify', project)
    expect((await ok(rig, 'ci', project)).stderr).toBe('')
    if (!isUsed) return
    // The first project still links to the damaged one: verify says so, and ci mends it.
    const verified = await rig.cpm('verify', { cwd: first })
    expect(verified).toMatchObject({ code: 5, stderr: expect.stringContaining('a@1.0.0: changed bin/a') as string })
    await ok(rig, 'ci', first)
    await ok(rig, 'verify', first)
  })

  test('that is damaged in one site store is taken from the next one', async () => {
    const made = await siteRig(['site', 'second'])
    await using rig = made.rig
    damage(rig.path('site'), '/bin/a')
    removeArchives(rig)
    const project = made.project()
    const { stderr } = await ok(rig, 'install', project)
    expect(stderr).toContain('does not match what was signed')
    expect(linkOf(project, 'a').startsWith(rig.path('second'))).toBe(true)
    await ok(rig, 'verify', project)
  })

  test('is copied in copy mode, with its proof', async () => {
    const made = await siteRig()
    await using rig = made.rig
    removeArchives(rig)
    const project = made.project()
    await ok(rig, 'install --copy', project)
    fs.rmSync(rig.path('site'), { recursive: true })
    fs.writeFileSync(path.join(rig.home, 'config.json'), '{}')
    expect(fs.lstatSync(path.join(project, 'colony_packages/a')).isDirectory()).toBe(true)
    await ok(rig, 'verify', project)
  })
})

describe('a site store that', () => {
  test('is missing is reported once, and its packages are downloaded', async () => {
    const made = await siteRig()
    await using rig = made.rig
    const project = made.project()
    await ok(rig, 'install', project)
    fs.renameSync(rig.path('site'), rig.path('unmounted'))
    const warning = `warning: the site store ${rig.path('site')} can't be used: there is no ${rig.path('site/v1')}; is its disk mounted?`
    const verified = await rig.cpm('verify', { cwd: project })
    expect(verified.stderr).toContain('a@1.0.0: is missing from the store')
    expect(verified.stderr).toContain(warning)
    const { stderr } = await ok(rig, 'ci', project)
    expect(stderr.split(warning)).toHaveLength(2)
    expect(linkOf(project, 'a').startsWith(rig.store)).toBe(true)
    await ok(rig, 'verify', project)
    // When it is back, both are there, and links to either are fine.
    const other = made.project()
    fs.renameSync(rig.path('unmounted'), rig.path('site'))
    expect((await ok(rig, 'ci', project)).stderr).toBe('')
    await ok(rig, 'install', other)
    await ok(rig, 'verify', other)
  })

  test.runIf(isRoot)('an unprivileged user may not read is reported, and its packages are downloaded', async () => {
    const made = await siteRig()
    await using rig = made.rig
    const project = made.project()
    fs.chmodSync(rig.root, 0o755)
    fs.chmodSync(rig.path('site/v1'), 0o700)
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project, rig.home])
    const account = { uid: NOBODY, gid: NOBODY }
    const { code, stderr } = await rig.binary('install', { cwd: project, account })
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('permission denied (EACCES)')
    expect(linkOf(project, 'a').startsWith(rig.store)).toBe(true)
  })

  test.runIf(isRoot)('belongs to somebody else serves unprivileged users, also with a read-only home', async () => {
    const made = await siteRig()
    await using rig = made.rig
    const before = stampsOf(rig.path('site'))
    removeArchives(rig)
    fs.chmodSync(rig.root, 0o755)
    const account = { uid: NOBODY, gid: NOBODY }
    const run = async (lines: readonly string[]) => {
      const project = made.project()
      execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project])
      for (const line of lines) {
        const { code, stderr } = await rig.binary(line, { cwd: project, account })
        expect(code, `${line}: ${stderr}`).toBe(0)
      }
      expect(linkOf(project, 'a').startsWith(rig.path('site'))).toBe(true)
    }
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, rig.home])
    await run(['install', 'ci', 'verify', 'gc'])
    execFileSync('chmod', ['-R', 'a-w', rig.home])
    await run(['install', 'ci --offline', 'verify'])
    expect(stampsOf(rig.path('site'))).toEqual(before)
  })

  test('CPM_SITE_STORES names replaces those in the settings', async () => {
    const made = await siteRig()
    await using rig = made.rig
    fs.writeFileSync(path.join(rig.home, 'config.json'), JSON.stringify({ storage: { siteStores: ['/nowhere'] } }))
    const project = made.project()
    const result = await rig.cpm('install', { cwd: project, env: { CPM_SITE_STORES: rig.path('site') } })
    expect(result).toMatchObject({ code: 0, stderr: expect.not.stringContaining('nowhere') as string })
    expect(linkOf(project, 'a').startsWith(rig.path('site'))).toBe(true)
  })
})
