import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { createPool } from '../../src/core/pool.ts'
import { type FileRow, treeOf, writeFileTable } from '../../src/package/file-table.ts'
import type { FileFinding } from '../../src/package/prove.ts'
import { proveTree } from '../../src/package/tasks.ts'
import type { Tree } from '../../src/schema/digest.ts'

const FILES: Record<string, string> = {
  'README.md': '# hello\n',
  'bin/run': '#!/bin/sh\n',
  'deep/er/file.txt': 'deep',
  empty: '',
  'ü.txt': 'ü',
}

const pool = createPool()
afterAll(() => pool.close())

let place: string
let root: string
let table: string
let tree: Tree

beforeEach(() => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-prove-'))
  root = path.join(place, 'root')
  const rows: FileRow[] = Object.entries(FILES).map(([name, contents]) => {
    const file = path.join(root, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, contents, { mode: name === 'bin/run' ? 0o755 : 0o644 })
    return { path: name, size: Buffer.byteLength(contents), executable: name === 'bin/run', blake3: blake3(contents) }
  })
  rows.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  table = writeFileTable(rows)
  tree = treeOf(table)
  fs.writeFileSync(`${root}.table`, table)
})
afterEach(() => {
  fs.rmSync(place, { recursive: true, force: true })
})

async function prove() {
  return (await pool.run(proveTree, { root, tree, tableFile: `${root}.table` })).proof
}

/** Returns the findings of a failed proof that could use the table. */
async function findings(): Promise<readonly FileFinding[]> {
  const proof = await prove()
  if (proof.proven) throw new Error('the tree was proven')
  expect(proof.tableBelieved).toBe(true)
  return proof.findings
}

const at = (name: string) => path.join(root, name)

describe('a tree that matches', () => {
  test('is proven, with the number of its files', async () => {
    expect(await prove()).toEqual({ proven: true, files: 5 })
  })

  test('is proven without a table, or with a wrong one', async () => {
    fs.writeFileSync(`${root}.table`, table.replace('README.md', 'readme.md'))
    expect(await prove()).toEqual({ proven: true, files: 5 })
    fs.rmSync(`${root}.table`)
    expect(await prove()).toEqual({ proven: true, files: 5 })
  })

  test('is proven with any times, and with the modes of a store or a copy', async () => {
    for (const name of Object.keys(FILES)) fs.chmodSync(at(name), name === 'bin/run' ? 0o555 : 0o444)
    fs.utimesSync(at('README.md'), 1, 1)
    expect((await prove()).proven).toBe(true)
  })
})

describe('a tree that does not match', () => {
  test('names a missing file', async () => {
    fs.rmSync(at('README.md'))
    expect(await findings()).toEqual([{ path: 'README.md', what: 'missing' }])
  })

  test('names every file of a missing folder', async () => {
    fs.rmSync(at('deep'), { recursive: true })
    fs.rmSync(at('bin'), { recursive: true })
    expect(await findings()).toEqual([
      { path: 'bin/run', what: 'missing' },
      { path: 'deep/er/file.txt', what: 'missing' },
    ])
  })

  test('names a changed file, even with the same length or time', async () => {
    const { atime, mtime } = fs.statSync(at('README.md'))
    fs.writeFileSync(at('README.md'), '# hellO\n')
    fs.utimesSync(at('README.md'), atime, mtime)
    expect(await findings()).toEqual([{ path: 'README.md', what: 'changed', detail: 'different contents' }])
    fs.writeFileSync(at('README.md'), FILES['README.md'] ?? '')
    fs.appendFileSync(at('empty'), 'x')
    expect(await findings()).toEqual([{ path: 'empty', what: 'changed', detail: 'different contents' }])
  })

  test('names an added file, even if it is hidden or deep', async () => {
    fs.writeFileSync(at('.hidden'), '')
    fs.writeFileSync(at('deep/er/another'), '')
    fs.mkdirSync(at('new'))
    fs.writeFileSync(at('new/x'), '')
    const added = ['.hidden', 'deep/er/another', 'new/x'].map((name) => ({ path: name, what: 'added' }))
    expect(await findings()).toEqual(added)
  })

  test.skipIf(process.platform === 'win32')('names a file that became executable or stopped being so', async () => {
    fs.chmodSync(at('bin/run'), 0o644)
    fs.chmodSync(at('README.md'), 0o755)
    expect(await findings()).toEqual([
      { path: 'README.md', what: 'changed', detail: 'different mode' },
      { path: 'bin/run', what: 'changed', detail: 'different mode' },
    ])
  })

  test('names a link in place of a file, even one that leads to the same contents', async () => {
    fs.renameSync(at('README.md'), path.join(place, 'elsewhere'))
    fs.symlinkSync(path.join(place, 'elsewhere'), at('README.md'))
    expect(await findings()).toEqual([{ path: 'README.md', what: 'changed', detail: 'a link or special file' }])
  })

  test('names a link in place of a folder, even one that leads to the same files', async () => {
    fs.renameSync(at('deep'), path.join(place, 'elsewhere'))
    fs.symlinkSync(path.join(place, 'elsewhere'), at('deep'))
    expect(await findings()).toEqual([
      { path: 'deep', what: 'added', detail: 'a link or special file' },
      { path: 'deep/er/file.txt', what: 'missing' },
    ])
  })

  test('names a dangling link or an empty folder that was added', async () => {
    fs.symlinkSync('nowhere', at('dangling'))
    fs.mkdirSync(at('deep/nothing'))
    expect(await findings()).toEqual([
      { path: 'dangling', what: 'added', detail: 'a link or special file' },
      { path: 'deep/nothing/', what: 'added', detail: 'an empty folder' },
    ])
  })

  test('names a folder in place of a file', async () => {
    fs.rmSync(at('README.md'))
    fs.mkdirSync(at('README.md'))
    expect((await findings()).map(({ path: name, what }) => `${what} ${name}`)).toEqual([
      ...['missing README.md', 'added README.md/'],
    ])
  })

  test.skipIf(spawnSync('mkfifo', ['--version']).status !== 0)('names a pipe without waiting for it', async () => {
    fs.rmSync(at('README.md'))
    execFileSync('mkfifo', [at('README.md')])
    expect(await findings()).toEqual([{ path: 'README.md', what: 'changed', detail: 'a link or special file' }])
  })

  test.skipIf(process.platform !== 'linux')('names files whose names no package can have', async () => {
    for (const name of ['a:b', 'aux', 'trailing.', 'a\\b']) fs.writeFileSync(at(name), 'x')
    expect((await findings()).map(({ path: name, what }) => `${what} ${name}`)).toEqual([
      ...['added a:b', 'added a\\b', 'added aux', 'added trailing.'],
    ])
  })

  test('names everything at once, sorted', async () => {
    fs.rmSync(at('empty'))
    fs.writeFileSync(at('README.md'), 'other')
    fs.writeFileSync(at('more'), 'x')
    expect((await findings()).map(({ path: name, what }) => `${what} ${name}`)).toEqual([
      ...['changed README.md', 'missing empty', 'added more'],
    ])
  })

  test('is an error if the folder does not exist', async () => {
    fs.rmSync(root, { recursive: true })
    await expect(prove()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})

describe('a table that was edited', () => {
  test('is not trusted, and the damage is found', async () => {
    fs.writeFileSync(at('README.md'), 'evil')
    const row = (contents: string) => `${contents.length} ${blake3(contents).slice(7)} README.md`
    const edited = table.replace(row('# hello\n'), row('evil'))
    expect(edited).not.toBe(table)
    fs.writeFileSync(`${root}.table`, edited)
    // The edited table matches the current files, so only its own digest reveals it.
    expect(await prove()).toMatchObject({ proven: false, tableBelieved: false })
  })

  test('is not trusted if it is truncated, empty or longer', async () => {
    fs.writeFileSync(at('more'), '')
    for (const text of [
      '',
      table.slice(0, -1),
      `${table}\n`,
      table.split('\n').slice(0, 3).join('\n'),
      'cpm-file-table-2\n',
    ]) {
      fs.writeFileSync(`${root}.table`, text)
      expect(await prove()).toMatchObject({ proven: false, tableBelieved: false })
    }
  })

  test('is not needed to find a link among correct files', async () => {
    fs.rmSync(`${root}.table`)
    fs.symlinkSync('/etc/passwd', at('link'))
    expect(await prove()).toEqual({
      proven: false,
      files: 5,
      findings: [{ path: 'link', what: 'changed', detail: 'a link or special file' }],
      tableBelieved: false,
    })
  })
})
