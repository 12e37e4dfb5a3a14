import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeFileTable } from '../../src/package/file-table.ts'
import { Rig } from '../rig/rig.ts'

async function installed(): Promise<{ rig: Rig; project: string }> {
  const rig = await Rig.create()
  await rig.publish(
    ['a@1.0.0', { files: { 'src/one.txt': 'one\n', 'src/two.txt': 'two\n', 'bin/run': '#!/bin/sh\n' } }],
    'b@1.0.0',
  )
  const project = rig.project({ dependencies: { a: '*', b: '*' } })
  await rig.cpm('install', { cwd: project })
  return { rig, project }
}

/** Changes a read-only file of the store, like a determined attacker. */
function tamper(file: string, contents: string): void {
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, contents)
}

describe('verify', () => {
  test('counts the packages and files it proved', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const { code, json } = await rig.cpm('verify --json', { cwd: project })
    expect(code).toBe(0)
    expect(json.data).toMatchObject({ packages: 2, files: 7, findings: [] })
  })

  test('C14 lists every missing, changed and added file and exits 5; ci restores them', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const root = path.dirname(path.dirname(rig.storeFile('src/one.txt')))
    tamper(path.join(root, 'src/one.txt'), 'ONE\n')
    fs.rmSync(path.join(root, 'src/two.txt'))
    fs.writeFileSync(path.join(root, 'src/three.txt'), 'three\n')
    fs.chmodSync(path.join(root, 'bin/run'), 0o444)
    const { code, stderr } = await rig.cpm('verify', { cwd: project })
    expect(code).toBe(5)
    expect(stderr).toContain('error[PACKAGE_DAMAGED]')
    for (const line of [
      'changed src/one.txt',
      'missing src/two.txt',
      'added src/three.txt',
      'changed bin/run (different mode)',
    ]) {
      expect(stderr).toContain(`a@1.0.0: ${line}`)
    }
    expect(stderr).not.toContain('b@1.0.0')
    const ci = await rig.cpm('ci', { cwd: project })
    expect(ci.stderr).toContain('repaired a@1.0.0')
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('C14 is not fooled by a file table that was edited to match the damage', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const file = rig.storeFile('src/one.txt')
    const root = path.dirname(path.dirname(file))
    tamper(file, 'ONE\n')
    const table = fs.readFileSync(`${root}.table`, 'utf8')
    const { blake3 } = await import('../../src/core/blake3.ts')
    const edited = table.replace(/[0-9a-f]{64} src\/one.txt/, `${blake3('ONE\n').slice(7)} src/one.txt`)
    expect(edited).not.toBe(table)
    expect(edited).toContain(writeFileTable([]).trimEnd())
    fs.writeFileSync(`${root}.table`, edited)
    const { code, stderr } = await rig.cpm('verify', { cwd: project })
    expect(code).toBe(5)
    expect(stderr).toContain('the file table to name them is damaged')
  })

  test('reports missing links, links to other targets, and packages that are not in the lock', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const packages = path.join(project, 'colony_packages')
    fs.rmSync(path.join(packages, 'a'))
    fs.rmSync(path.join(packages, 'b'))
    fs.symlinkSync(rig.path('packages'), path.join(packages, 'b'))
    fs.mkdirSync(path.join(packages, 'stranger'))
    const { code, stderr } = await rig.cpm('verify', { cwd: project })
    expect(code).toBe(5)
    expect(stderr).toContain('a@1.0.0: is missing from colony_packages')
    expect(stderr).toContain('b@1.0.0: links to')
    expect(stderr).toContain('stranger: is in colony_packages but not in colony.lock')
    expect((await rig.cpm('ci', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('proves the lock by the signed envelope, and refuses a changed tree', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const file = path.join(project, 'colony.lock')
    const lock = JSON.parse(rig.read(file)) as { packages: Record<string, { tree: string }> }
    const [a, b] = [lock.packages.a, lock.packages.b]
    if (!a || !b) throw new Error('the lock lacks a or b')
    a.tree = b.tree
    fs.writeFileSync(file, JSON.stringify(lock, null, 2))
    const { code, stderr } = await rig.cpm('verify', { cwd: project })
    expect(code).toBe(5)
    expect(stderr).toContain('the contents in the lock differ from those its owners signed')
  })

  test('G08 fetches a damaged envelope again, and fails without a registry', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const cache = path.join(rig.home, 'cache')
    const file = path.join(cache, rig.files(cache).find((name) => name.endsWith('a/1.0.0.dsse')) ?? '')
    const good = fs.readFileSync(file, 'utf8')
    const changed = good.replace(/"sig":"./, (text) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`)
    fs.writeFileSync(file, changed)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    expect(fs.readFileSync(file, 'utf8')).toBe(good)
    fs.writeFileSync(file, changed)
    fs.rmSync(rig.registry, { recursive: true })
    const { code, stderr } = await rig.cpm('verify', { cwd: project })
    expect(code).toBe(5)
    expect(stderr).toContain('a@1.0.0')
  })

  test('works without the cache, and reports a missing proof if the registry is gone too', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    fs.rmSync(rig.registry, { recursive: true })
    const { code, stderr } = await rig.cpm('verify', { cwd: project })
    expect(code).toBe(5)
    // Neither the lock nor the installed files are at fault.
    expect(stderr).toContain('error[PROOF_MISSING]')
    expect(stderr).toContain("its signature can't be checked")
    expect(stderr).not.toContain('restore colony.lock')
  })

  test('proves store entries again after a reboot', async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const [boot = ''] = fs.readdirSync(path.join(rig.store, 'boots'))
    const earlier = path.join(rig.store, 'boots', 'an-earlier-start')
    fs.renameSync(path.join(rig.store, 'boots', boot), earlier)
    // Older than a day, so that it can't be of another machine that shares the store.
    fs.utimesSync(earlier, 0, 0)
    tamper(rig.storeFile('src/one.txt'), '')
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect(code).toBe(0)
    expect(stderr).toContain('repaired a@1.0.0')
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    expect(fs.readdirSync(path.join(rig.store, 'boots'))).toEqual([boot])
  })
})
