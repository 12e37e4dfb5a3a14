import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { treeOf, writeFileTable } from '../../src/package/file-table.ts'
import { proveTree } from '../../src/package/prove.ts'
import { Store } from '../../src/installer/store.ts'
import { Rig } from '../rig/rig.ts'

const REPAIRER = path.resolve(import.meta.dirname, 'entry-repairer.ts')

/** Starts a process that repairs an entry on request. */
async function repairer(...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), REPAIRER, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('the process has no pipes')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    repair: async (): Promise<unknown> => {
      stdin.write('\n')
      return (await lines.next()).value
    },
    end: async () => {
      stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

test('two processes that repair the same entry concurrently both succeed, and an intact entry stays', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-repair-'))
  const store = new Store(path.join(root, 'store'))
  const table = writeFileTable([{ path: 'a.txt', size: 2, executable: false, blake3: blake3('a\n') }])
  const tree = treeOf(table)
  const entry = store.path(tree)
  fs.mkdirSync(entry, { recursive: true })
  const repairers = await Promise.all([1, 2].map(() => repairer(store.root, tree, table)))
  for (let round = 0; round < 100; round++) {
    fs.writeFileSync(path.join(entry, 'a.txt'), 'changed\n')
    const said = await Promise.all(repairers.map(({ repair }) => repair()))
    expect(said, `round ${round}`).toEqual(['done', 'done'])
    expect(proveTree(entry, tree, undefined)).toEqual({ proven: true, files: 1 })
  }
  const sound = fs.statSync(entry).ino
  expect(await repairers[0]?.repair()).toBe('done')
  expect(fs.statSync(entry).ino).toBe(sound)
  await Promise.all(repairers.map(({ end }) => end()))
  expect(fs.readdirSync(path.dirname(entry))).toEqual([path.basename(entry), `${path.basename(entry)}.table`])
  expect(fs.readdirSync(path.join(store.root, 'tmp'))).toEqual([])
  fs.rmSync(root, { recursive: true })
})

test('two concurrent runs of cpm ci that find the same damage both succeed', async () => {
  await using rig = await Rig.create()
  await rig.publish(['a@1.0.0', { files: { 'a.txt': 'a\n' } }])
  const projects = [rig.project({ dependencies: { a: '1.0.0' } }), rig.project({ dependencies: { a: '1.0.0' } })]
  for (const cwd of projects) expect((await rig.cpm('install', { cwd })).code).toBe(0)
  for (let round = 0; round < 2; round++) {
    const damaged = rig.storeFile('a.txt')
    fs.chmodSync(damaged, 0o644)
    fs.writeFileSync(damaged, 'changed\n')
    const outcomes = await Promise.all(projects.map((cwd) => rig.binary('ci', { cwd })))
    for (const { code, stderr } of outcomes) expect(code, stderr).toBe(0)
    for (const cwd of projects) expect((await rig.cpm('verify', { cwd })).code).toBe(0)
  }
})
