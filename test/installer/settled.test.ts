import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { fingerprintOf } from '../../src/package/fingerprint.ts'
import { StagingArea } from '../../src/core/staging.ts'
import { Policy } from '../../src/installer/policy.ts'
import { projectAt } from '../../src/installer/project.ts'
import { SettledProjects } from '../../src/installer/settled-project.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

const rig = await Rig.create()
await rig.publish(
  [
    'a@1.0.0',
    { files: { 'bin/run.sh': '#!/bin/sh\necho a\n', 'data/one.txt': 'one of a\n' }, dependencies: { b: '*' } },
  ],
  ['b@1.0.0', { files: { 'data/two.txt': 'two of b\n' } }],
)
afterAll(() => rig[Symbol.asyncDispose]())

let project: string
beforeEach(async () => {
  project = rig.project({ dependencies: { a: '*' } })
  fs.rmSync(rig.store, { recursive: true, force: true })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  // Files that were written less than a moment ago could be written again without a new time.
  await new Promise((resolve) => setTimeout(resolve, 60))
})

interface Line {
  type?: string
  name?: string
  error?: { code: string }
}

/** Runs a command. Returns its exit code, the error code, and the packages whose files it read or replaced. */
async function run(line: string, env: Record<string, string> = {}) {
  const { code, stdout } = await rig.cpm(`${line} --events`, { cwd: project, env })
  const lines = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Line)
  const named = (type: string) => lines.filter((event) => event.type === type).map(({ name }) => name ?? '')
  return { code, error: lines.at(-1)?.error?.code, read: named('proved').sort(), repaired: named('repaired') }
}

const NO_TRUST = { schemaVersion: 1 as const, trusted: [], distrusted: [] }
const NOTHING_READ = { code: 0, error: undefined, read: [], repaired: [] }
const ALL_READ = { ...NOTHING_READ, read: ['a', 'b'] }

describe('cpm ci', () => {
  test('reads no file that was not written since it was proven', async () => {
    expect(await run('ci')).toEqual(NOTHING_READ)
    expect(await run('ci')).toEqual(NOTHING_READ)
  })

  test.each([
    ['--prove', 'ci --prove', {}],
    ['CPM_PROVE', 'ci', { CPM_PROVE: '1' }],
  ])('reads every file with %s', async (_what, line, env) => {
    expect(await run(line, env)).toEqual(ALL_READ)
  })

  test('reads every file with security.prove in the settings of the user, unless CPM_PROVE says no', async () => {
    const settings = path.join(rig.home, 'config.json')
    fs.writeFileSync(settings, JSON.stringify({ security: { prove: true } }))
    expect(await run('ci')).toEqual(ALL_READ)
    expect(await run('ci', { CPM_PROVE: '0' })).toEqual(NOTHING_READ)
    fs.rmSync(settings)
  })

  /** Changes a file and gives it its old time again, to the nanosecond, as an attacker would. */
  const keepTime = (file: string, change: () => void) => {
    const reference = rig.path('reference')
    fs.writeFileSync(reference, '')
    execFileSync('touch', ['-r', file, reference])
    fs.chmodSync(file, 0o644)
    change()
    fs.chmodSync(file, 0o444)
    execFileSync('touch', ['-r', reference, file])
  }
  const CHANGES: [string, (file: string) => void][] = [
    [
      'has other contents of the same size, with its old time',
      (file) => {
        keepTime(file, () => {
          fs.writeFileSync(file, 'two of c\n')
        })
      },
    ],
    [
      'is cut short, with its old time',
      (file) => {
        keepTime(file, () => {
          fs.truncateSync(file, 3)
        })
      },
    ],
    [
      'is replaced by another file of the same size and time',
      (file) => {
        const { atime, mtime } = fs.statSync(file)
        fs.writeFileSync(`${file}.new`, 'two of c\n', { mode: 0o444 })
        fs.utimesSync(`${file}.new`, atime, mtime)
        fs.renameSync(`${file}.new`, file)
      },
    ],
    [
      'is executable',
      (file) => {
        fs.chmodSync(file, 0o555)
      },
    ],
    [
      'is missing',
      (file) => {
        fs.rmSync(file)
      },
    ],
    [
      'is a link',
      (file) => {
        fs.renameSync(file, rig.path('elsewhere.txt'))
        fs.symlinkSync(rig.path('elsewhere.txt'), file)
      },
    ],
    [
      'has a file beside it',
      (file) => {
        fs.writeFileSync(path.join(path.dirname(file), 'more.txt'), 'more\n')
      },
    ],
  ]
  test.each(CHANGES)('G08 C14 restores an entry of the store in which a file %s', async (_what, change) => {
    const file = rig.storeFile('two.txt')
    change(file)
    expect(await run('ci')).toEqual({ ...NOTHING_READ, repaired: ['b'] })
    expect(fs.readFileSync(rig.storeFile('two.txt'), 'utf8')).toBe('two of b\n')
    expect((await run('verify')).code).toBe(0)
    // After verify has read it, it need not be read again.
    await new Promise((resolve) => setTimeout(resolve, 60))
    await run('verify')
    expect(await run('ci')).toEqual(NOTHING_READ)
  })

  test('reads an entry again whose files have the same contents but were written', async () => {
    const file = rig.storeFile('two.txt')
    keepTime(file, () => {
      fs.writeFileSync(file, 'two of b\n')
    })
    expect(await run('ci')).toEqual({ ...NOTHING_READ, read: ['b'] })
  })

  test('reads everything after a restart of the machine', async () => {
    const boots = path.join(rig.store, 'boots')
    for (const boot of fs.readdirSync(boots)) fs.renameSync(path.join(boots, boot), path.join(boots, 'an-earlier-boot'))
    expect(await run('ci')).toEqual(ALL_READ)
  })

  test('reads everything in a store that was restored from a copy', async () => {
    fs.cpSync(rig.store, rig.path('copy'), { recursive: true, preserveTimestamps: true })
    fs.rmSync(rig.store, { recursive: true })
    fs.cpSync(rig.path('copy'), rig.store, { recursive: true, preserveTimestamps: true })
    fs.rmSync(rig.path('copy'), { recursive: true })
    expect(await run('ci')).toEqual(ALL_READ)
  })

  test('is not misled by a record of another fingerprint', async () => {
    const boots = path.join(rig.store, 'boots')
    const [boot = ''] = fs.readdirSync(boots)
    const text = fs.readFileSync(path.join(boots, boot), 'utf8')
    fs.writeFileSync(path.join(boots, boot), text.replaceAll(/ blake3:[0-9a-f]{64}/g, ` blake3:${'0'.repeat(64)}`))
    expect(await run('ci')).toEqual(ALL_READ)
  })
})

describe('what was found out about a project', () => {
  const memories = () => fs.readdirSync(path.join(rig.home, 'cache', 'settled'))

  test('does not outlive a decision about keys', async () => {
    expect(await run('ci')).toEqual(NOTHING_READ)
    const { json } = await rig.cpm('key list --json', { cwd: project })
    const id = /[0-9a-f]{64}/.exec(JSON.stringify(json))?.[0] ?? ''
    expect((await rig.cpm(`key distrust ${id}`, { cwd: project })).code).toBe(0)
    for (const line of ['install', 'ci'])
      expect(await run(line), line).toMatchObject({ error: 'POLICY_REFUSED', code: 6 })
    expect((await rig.cpm(`key distrust ${id} --undo`, { cwd: project })).code).toBe(0)
    expect((await run('ci')).code).toBe(0)
  })

  test.each([
    ['contents', /("tree": "blake3:)(.)/],
    ['first owner', /("owner": ")(.)/],
  ])('does not apply to a lock that was edited: another %s', async (_what, place) => {
    const lock = path.join(project, 'colony.lock')
    const text = fs.readFileSync(lock, 'utf8')
    expect(await run('ci')).toEqual(NOTHING_READ)
    fs.writeFileSync(
      lock,
      text.replace(place, (_match, before: string, digit) => before + (digit === '0' ? '1' : '0')),
    )
    expect((await run('ci')).code).toBe(5)
    fs.writeFileSync(lock, text)
    expect((await run('ci')).code).toBe(0)
  })

  test('does not apply to a manifest that was edited', async () => {
    fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\ndependencies:\n  b: "*"\n')
    expect((await run('ci')).error).toBe('LOCK_OUTDATED')
    expect((await run('install')).code).toBe(0)
    expect(fs.existsSync(path.join(project, 'colony_packages', 'a'))).toBe(false)
  })

  test('does not apply to links that were changed or removed', async () => {
    const link = path.join(project, 'colony_packages', 'b')
    fs.rmSync(link)
    expect((await run('install')).code).toBe(0)
    expect(fs.existsSync(link)).toBe(true)
    fs.rmSync(link)
    fs.symlinkSync(rig.root, link)
    expect((await run('ci')).code).toBe(0)
    expect(fs.readlinkSync(link)).not.toBe(rig.root)
  })

  test('spares reading when only the links are missing, but not after a decision about keys', async () => {
    const packages = path.join(project, 'colony_packages')
    for (const line of ['ci', 'install']) {
      fs.rmSync(packages, { recursive: true })
      expect(await run(line), line).toEqual(NOTHING_READ)
      expect(fs.existsSync(path.join(packages, 'b', 'data', 'two.txt'))).toBe(true)
    }
    fs.rmSync(packages, { recursive: true })
    const file = rig.storeFile('two.txt')
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, 'two of c\n')
    expect(await run('ci')).toEqual({ ...NOTHING_READ, repaired: ['b'] })
    const { json } = await rig.cpm('key list --json', { cwd: project })
    const id = /[0-9a-f]{64}/.exec(JSON.stringify(json))?.[0] ?? ''
    expect((await rig.cpm(`key distrust ${id}`, { cwd: project })).code).toBe(0)
    for (const line of ['install', 'ci']) {
      fs.rmSync(packages, { recursive: true })
      expect(await run(line), line).toMatchObject({ error: 'POLICY_REFUSED' })
    }
    expect((await rig.cpm(`key distrust ${id} --undo`, { cwd: project })).code).toBe(0)
    expect((await run('ci')).code).toBe(0)
  })

  test('is not remembered of a file that was changed while it was found out', () => {
    const parts = { staging: new StagingArea(rig.path('tmp')), policy: new Policy({}, NO_TRUST), cpmVersion: '1.0.0' }
    const settled = new SettledProjects({ folder: rig.path('settled'), ...parts })
    const here = { project: projectAt(project), members: [] }
    const { manifestFile, lockFile } = here.project
    const texts = { manifests: [fs.readFileSync(manifestFile, 'utf8')], lock: fs.readFileSync(lockFile, 'utf8') }
    for (const changed of [{ lock: `${texts.lock}\n` }, { manifests: ['# changed\n'] }]) {
      settled.remember(here, { isProven: true, ...texts, ...changed })
      expect(settled.recall(here)).toBeUndefined()
    }
    settled.remember(here, { isProven: true, ...texts })
    expect(settled.recall(here)).toMatchObject({ isProven: true, lockText: texts.lock })
  })

  test('holds for another checkout of the same project, but not for another lock or store entry', async () => {
    expect(await run('ci')).toEqual(NOTHING_READ)
    const first = project
    project = rig.project({ dependencies: { a: '*' } })
    const copy = (name: string) => {
      fs.copyFileSync(path.join(first, name), path.join(project, name))
    }
    copy('colony.lock')
    copy('colony.yaml')
    // Without envelopes and a registry, only what is remembered can prove the lock.
    const envelopes = fs
      .readdirSync(path.join(rig.home, 'cache'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.dsse'))
      .map((name) => path.join(rig.home, 'cache', name))
    expect(envelopes.length).toBeGreaterThan(0)
    for (const file of [...envelopes, rig.registry]) fs.renameSync(file, `${file}.away`)
    try {
      expect(await run('ci')).toEqual(NOTHING_READ)
      const lock = path.join(project, 'colony.lock')
      fs.appendFileSync(lock, '\n')
      expect((await run('ci')).code).not.toBe(0)
    } finally {
      for (const file of [...envelopes, rig.registry]) fs.renameSync(`${file}.away`, file)
    }
  })

  test('G08 is damaged without harm', async () => {
    for (const name of memories()) fs.writeFileSync(path.join(rig.home, 'cache', 'settled', name), 'nonsense proven\n')
    expect((await run('install')).code).toBe(0)
    expect((await run('ci')).code).toBe(0)
  })

  test.each(['a folder', 'a server'])('does not hide that a version was yanked meanwhile: %s', async (kind) => {
    await using other = await Rig.create()
    await other.publish('a@1.0.0', 'a@1.1.0')
    await using server = kind === 'a server' ? await serve(other) : undefined
    const env = { CPM_REGISTRY: server?.url ?? other.registry }
    const cwd = other.project({ dependencies: { a: '1.0.0' } })
    const warnings = async (line: string) => (await other.cpm(line, { cwd, env })).stderr
    for (let times = 0; times < 3; times++) expect(await warnings('install')).not.toContain('yanked')
    expect((await other.cpm('yank a@1.0.0 --reason wrong', { cwd })).code).toBe(0)
    for (const line of ['install', 'install', 'ci', 'ci'])
      expect(await warnings(line), line).toContain('a@1.0.0 was yanked: wrong')
    expect((await other.cpm('unyank a@1.0.0', { cwd })).code).toBe(0)
    for (const line of ['install', 'ci']) expect(await warnings(line), line).not.toContain('yanked')
  })
})

describe('a fingerprint', () => {
  test('stays the same when the folder is moved or listed in another order', () => {
    const folder = rig.path('folder')
    rig.write({ 'b/c.txt': 'c', 'a.txt': 'a' }, folder)
    const { fingerprint } = fingerprintOf(folder)
    fs.renameSync(folder, rig.path('moved'))
    expect(fingerprintOf(rig.path('moved')).fingerprint).toBe(fingerprint)
    fs.rmSync(rig.path('moved'), { recursive: true })
  })

  test('does not exist for a folder with a pipe or link', () => {
    const folder = rig.path('linked')
    rig.write({ 'a.txt': 'a' }, folder)
    fs.symlinkSync('a.txt', path.join(folder, 'b.txt'))
    expect(() => fingerprintOf(folder)).toThrow('neither a file nor a folder')
  })
})
