import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownIdentity } from '../../src/core/process-identity.ts'
import { abandonedStagings, stagingsIn } from '../../src/core/staging.ts'
import { RunRecords } from '../../src/engines/runs/run-records.ts'
import { withGcLock } from '../../src/installer/keep/reserve.ts'
import { Store } from '../../src/installer/store.ts'
import type { Tree } from '../../src/schema/digest.ts'
import { entries, gc, install, notes, publishedRig, verify } from '../rig/garbage.ts'
import { Rig } from '../rig/rig.ts'

const isRoot = process.getuid?.() === 0
/** An unprivileged account: root can write to every folder. */
const NOBODY = 65534
const DAY = 24 * 3_600_000

describe('cpm gc', () => {
  test('removes what no project uses, with the files beside it, and says how much that frees', async () => {
    await using rig = await publishedRig()
    const first = await install(rig, { a: '*' })
    const second = await install(rig, { c: '1.0.0' })
    expect((await rig.cpm('install c@2.0.0', { cwd: second })).code).toBe(0)
    const before = entries(rig)
    expect(before).toHaveLength(8)
    const { labels, removed, kept, size } = await gc(rig)
    expect(labels).toEqual(['c@1.0.0'])
    expect(kept).toBe(3)
    expect(size).toBeGreaterThan(0)
    const hex = removed[0]?.tree.slice('blake3:'.length) ?? ''
    expect(entries(rig)).toEqual(before.filter((file) => !file.includes(hex)))
    expect(fs.readdirSync(path.join(rig.store, 'tmp'))).toEqual([])
    for (const project of [first, second]) await verify(rig, project)
    expect((await gc(rig)).labels).toEqual([])
  })

  test('--dry-run lists what would go, with sizes, and changes nothing', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '2.0.0' })
    await rig.cpm('uninstall c', { cwd: project })
    const before = rig.files(rig.store)
    const { stdout } = await rig.cpm('gc --dry-run')
    expect(stdout).toMatch(/^- c@2\.0\.0 \(5\.\d kB\)\nwould remove 1 package \(5\.\d kB\); 0 packages would stay$/)
    expect(rig.files(rig.store)).toEqual(before)
    expect((await rig.cpm('gc')).stdout).toMatch(/\nremoved 1 package \(5\.\d kB\); 0 packages left$/)
  })

  test('--older-than keeps what was written or used more recently', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '2.0.0' })
    const table = entries(rig).find((file) => file.endsWith('.table')) ?? ''
    const age = (file: string, days: number) => {
      const at = new Date(Date.now() - days * DAY)
      fs.utimesSync(file, at, at)
    }
    for (const file of [table, table.replace(/\.table$/, '')]) age(file, 10)
    await rig.cpm('uninstall c', { cwd: project })
    expect((await gc(rig, '--older-than 5')).labels, 'used until the uninstall').toEqual([])
    age(table, 10)
    expect((await gc(rig, '--older-than 11')).labels).toEqual([])
    expect((await gc(rig, '--older-than 9')).labels).toEqual(['c@2.0.0'])
  })

  test('G03 counts links as well as the lock, and every digest of a lock with conflict markers', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '1.0.0' })
    const lock = path.join(project, 'colony.lock')
    const other = await install(rig, { c: '2.0.0' })
    const theirs = fs.readFileSync(path.join(other, 'colony.lock'), 'utf8')
    for (const file of notes(rig)) if (fs.readFileSync(file, 'utf8').includes(other)) fs.rmSync(file)
    fs.writeFileSync(lock, `<<<<<<< ours\n${fs.readFileSync(lock, 'utf8')}=======\n${theirs}>>>>>>> theirs\n`)
    expect((await gc(rig)).labels).toEqual([])
    fs.rmSync(lock)
    for (const file of notes(rig)) fs.writeFileSync(file, `${project}\n`)
    expect((await gc(rig)).labels, 'the link to 1.0.0 is left').toEqual(['c@2.0.0'])
  })

  test('keeps what a project with an unreadable lock may use, and names the project', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '1.0.0', a: '*' })
    const lock = path.join(project, 'colony.lock')
    const text = fs.readFileSync(lock, 'utf8')
    fs.writeFileSync(lock, text.slice(0, 200))
    fs.rmSync(path.join(project, 'colony_packages'), { recursive: true })
    const { labels, projects, stderr } = await gc(rig)
    expect(labels).toEqual([])
    expect(projects).toMatchObject([{ path: project, standing: 'unclear' }])
    expect(stderr).toContain(`${project}: colony.lock`)
    expect(stderr).toContain('everything that it last used stays')
    fs.rmSync(lock)
    fs.mkdirSync(lock)
    expect((await gc(rig)).projects).toMatchObject([{ standing: 'unclear' }])
    // An older cpm noted only the path, so it is unknown what the project uses.
    for (const file of notes(rig)) fs.writeFileSync(file, `${project}\n`)
    const unknown = await gc(rig)
    expect(unknown.labels).toEqual([])
    expect(unknown.stderr).toContain('so nothing is removed')
    const newer = '{"schemaVersion":2}'
    const truncated = `{"schemaVersion":1,"path":"${project}","trees":2}\nblake3:${'ab'.repeat(32)}\n`
    for (const text of [newer, truncated, '']) {
      for (const file of notes(rig)) fs.writeFileSync(file, text)
      expect((await gc(rig)).stderr, text).toContain('so nothing is removed')
    }
  })

  test('a moved project loses nothing for 30 days, or forever once a command has run in it', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '1.0.0' })
    const removed = await install(rig, { a: '*' })
    fs.renameSync(project, rig.path('moved'))
    fs.rmSync(removed, { recursive: true })
    const { labels, stderr } = await gc(rig)
    expect(labels).toEqual([])
    expect(stderr).toContain(`${project}: it was moved or removed`)
    expect(stderr).toContain('cpm gc --forget-missing')
    await verify(rig, rig.path('moved'))
    const longAgo = new Date(Date.now() - 31 * DAY)
    for (const file of notes(rig))
      if (!fs.readFileSync(file, 'utf8').includes('/moved"')) fs.utimesSync(file, longAgo, longAgo)
    const later = await gc(rig)
    expect(later.labels).toEqual(['a@1.0.0', 'b@1.0.0'])
    expect(later.forgotten.sort()).toEqual([project, removed].sort())
    expect(notes(rig)).toHaveLength(1)
    await verify(rig, rig.path('moved'))
    fs.rmSync(rig.path('moved'), { recursive: true })
    expect((await gc(rig, '--forget-missing --older-than 1')).labels).toEqual([])
    expect((await gc(rig)).labels).toEqual(['c@1.0.0'])
  })

  test('an unmounted project keeps everything without limit, and so does one in copy mode', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '1.0.0' })
    await install(rig, { a: '*' }, '--copy')
    fs.renameSync(project, rig.path('away'))
    const [file = ''] = notes(rig).filter((note) => fs.readFileSync(note, 'utf8').includes(project))
    const [header = '', ...trees] = fs.readFileSync(file, 'utf8').split('\n')
    fs.mkdirSync(rig.path('disk'))
    const elsewhere = JSON.stringify({ ...(JSON.parse(header) as object), mount: rig.path('disk') })
    fs.writeFileSync(file, [elsewhere, ...trees].join('\n'))
    const longAgo = new Date(Date.now() - 400 * DAY)
    fs.utimesSync(file, longAgo, longAgo)
    const { labels, stderr } = await gc(rig, '--forget-missing')
    expect(labels).toEqual([])
    expect(stderr).toContain(`${project}: its disk is not mounted; everything that it last used stays`)
  })

  test('keeps packages that were fetched to run outside of a project', async () => {
    await using rig = await publishedRig()
    await rig.cpm('init hello')
    await rig.cpm('publish hello')
    expect((await rig.cpm('submit hello@0.1.0 --engine local', { cwd: rig.path('packages') })).code).toBe(0)
    fs.rmSync(path.join(rig.store, 'projects'), { recursive: true })
    expect((await gc(rig)).labels).toEqual([])
    expect((await rig.cpm('submit hello@0.1.0 --engine local', { cwd: rig.path('packages') })).code).toBe(0)
  })

  test('keeps what a run in progress on this machine uses, and what its project dropped since it began', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { a: '*', c: '1.0.0' })
    const records = new RunRecords(path.join(rig.home, 'runs'))
    const root = fs.realpathSync(path.join(project, 'colony_packages', 'c'))
    const began = new Date(Date.now() - 3_600_000)
    const old = new Date(Date.now() - DAY)
    const record = {
      schemaVersion: 1 as const,
      run: '20260101-1',
      engine: 'local' as const,
      package: { name: 'c', version: '1.0.0' },
      workflow: 'main',
      state: 'running' as const,
      submittedAt: began.toISOString(),
      source: { root, tree: `blake3:${path.basename(root)}` as Tree },
      local: { process: ownIdentity() },
      nodes: [],
    }
    records.create(record, { colonyname: 'here', functionspecs: [] } as never)
    expect((await rig.cpm('uninstall a c', { cwd: project })).code).toBe(0)
    expect((await gc(rig)).labels).toEqual([])
    for (const file of entries(rig)) fs.utimesSync(file, old, old)
    expect((await gc(rig, '--dry-run')).labels, 'unused before the run began').toEqual(['a@1.0.0', 'b@1.0.0'])
    records.write({ ...record, state: 'successful', finishedAt: new Date().toISOString() })
    expect((await gc(rig)).labels).toEqual(['a@1.0.0', 'b@1.0.0', 'c@1.0.0'])
  })

  test('removes staging folders of ended processes and files of entries that do not exist', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '1.0.0' })
    const orphan = path.join(rig.store, 'ab', `${'ab'.repeat(32)}.table`)
    const proven = orphan.replace('.table', '.proven')
    const dead = path.join(rig.store, 'tmp', '00000000-2147483647-0-abcdef01')
    rig.write({ [path.relative(rig.root, orphan)]: 'a table', [path.relative(rig.root, proven)]: 'a proof' })
    fs.mkdirSync(dead, { recursive: true })
    fs.writeFileSync(path.join(dead, 'part'), 'x'.repeat(100))
    fs.utimesSync(dead, new Date(0), new Date(0))
    // The records of two earlier boots: one only has entries that no longer exist.
    const boots = path.join(rig.store, 'boots')
    const [boot = ''] = fs.readdirSync(boots)
    fs.writeFileSync(path.join(boots, 'gone'), `blake3:${'ab'.repeat(32)}\n`)
    fs.renameSync(path.join(boots, boot), path.join(boots, 'earlier'))
    for (const name of fs.readdirSync(boots)) fs.utimesSync(path.join(boots, name), new Date(0), new Date(0))
    expect((await gc(rig)).leftovers).toEqual({ count: 3, size: 114 })
    expect(fs.readdirSync(boots)).toEqual(['earlier'])
    for (const file of [orphan, proven, dead]) expect(fs.existsSync(file), file).toBe(false)
    await verify(rig, project)
  })

  test('what it has moved away is not abandoned for another container, however old the entry is', async () => {
    await using rig = await Rig.create()
    const store = new Store(rig.store)
    const tree = `blake3:${'1'.repeat(64)}` as Tree
    fs.mkdirSync(store.path(tree), { recursive: true })
    fs.utimesSync(store.path(tree), 1, 1)
    const aside = store.setAside(tree)
    fs.renameSync(aside, path.join(store.staging, '00000000-1-1-0'))
    expect(stagingsIn(store.staging)).toHaveLength(1)
    expect(abandonedStagings(store.staging)).toEqual([])
  })

  test('says nothing more than that there is nothing on a machine without a store', async () => {
    await using rig = await Rig.create()
    expect((await rig.cpm('gc')).stdout).toBe('nothing to remove; 0 packages in the store')
    expect(fs.existsSync(rig.home)).toBe(false)
  })

  test.runIf(process.platform !== 'win32')('in a read-only store only --dry-run works', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { c: '2.0.0' })
    await rig.cpm('uninstall c', { cwd: project })
    const account = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
    if (isRoot) {
      fs.chmodSync(rig.root, 0o755)
      execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, rig.home])
    }
    execFileSync('chmod', ['-R', 'a-w', rig.home])
    try {
      const dry = await rig.binary('gc --dry-run', { account })
      expect(dry.stdout, dry.stderr).toContain('would remove 1 package')
      const { code, stderr } = await rig.binary('gc', { account })
      expect(code).toBe(1)
      expect(stderr).toContain('FILE_UNWRITABLE')
      expect(stderr).toContain(rig.store)
    } finally {
      execFileSync('chmod', ['-R', 'u+w', rig.home])
    }
  })
})

describe('cpm gc beside other commands', () => {
  test('G03 a command that starts to use packages waits for a gc, and fetches again what it removed', async () => {
    await using rig = await publishedRig()
    await install(rig, { c: '1.0.0' })
    const project = rig.project({ dependencies: { c: '1.0.0' } })
    const store = new Store(rig.store)
    const waiting = await withGcLock(store, { lockTimeout: 1000, emit: () => undefined }, async () => {
      const { code, stderr } = await rig.cpm('install --lock-timeout 0.1', { cwd: project })
      expect(code).toBe(9)
      expect(stderr).toContain(`the store ${rig.store} is locked by`)
      const started = rig.cpm('install', { cwd: project })
      while (notes(rig).length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      const [entry = ''] = entries(rig).filter((file) => !path.basename(file).includes('.'))
      fs.renameSync(entry, rig.path('removed'))
      // In an object, so that nothing waits for it here.
      return { started }
    })
    const { code, stderr } = await waiting.started
    expect(code, stderr).toBe(0)
    await verify(rig, project)
  })
})
