import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { entries, gc, install, publishedRig, verify } from '../rig/garbage.ts'
import { Rig } from '../rig/rig.ts'
import { countChanges, faultEnv, leftovers, spread } from './faulty.ts'

const TREE_USER = path.resolve(import.meta.dirname, 'tree-user.ts')
/** CPM_SWEEP=all runs more rounds and stops at every change; the default keeps the tests short. */
const [ROUNDS, KILLS] = process.env.CPM_SWEEP === 'all' ? [20, Infinity] : [1, 6]

describe('cpm gc beside other commands', () => {
  test('what another process is about to use stays, however often a gc runs', async () => {
    await using rig = await Rig.create()
    const trees = [1, 2, 3].map((digit) => `blake3:${String(digit).repeat(64)}`)
    const use = async (name: string) => {
      const args = [TREE_USER, rig.store, rig.path(name), ROUNDS === 1 ? '2000' : '30000', ...trees]
      const { stdout } = await execa(process.execPath, ['--import', import.meta.resolve('tsx'), ...args])
      return JSON.parse(stdout) as { found: number; made: number; lost: number }
    }
    const ended = new AbortController()
    const inUse = Promise.all(['first', 'second'].map(use)).finally(() => {
      ended.abort()
    })
    let removed = 0
    while (!ended.signal.aborted) {
      removed += (await gc(rig)).removed.length
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const counts = await inUse
    expect(removed).toBeGreaterThan(0)
    for (const { found, made, lost } of counts) {
      expect(made).toBeGreaterThan(0)
      expect(found + made).toBeGreaterThan(5)
      expect(lost).toBe(0)
    }
  }, 120_000)

  test('installs, updates and gcs at the same time never leave a project that does not verify', async () => {
    await using rig = await publishedRig()
    const projects = [rig.project({ dependencies: { a: '*' } }), rig.project({ dependencies: { c: '1.0.0' } })]
    let isDone = false
    const collect = async () => {
      let times = 0
      while (!isDone) {
        const { exitCode, stderr } = await rig.start('gc')
        expect(exitCode, stderr).toBe(0)
        times++
      }
      return times
    }
    const change = async (cwd: string) => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const command of ['install c@1.0.0', 'install c@2.0.0', 'uninstall c', 'install a@1.0.0']) {
          const { code, stderr } = await rig.binary(command, { cwd })
          expect(code, `${command}: ${stderr}`).toBe(0)
          await verify(rig, cwd)
        }
      }
    }
    const collecting = collect()
    await Promise.all(projects.map(change)).finally(() => (isDone = true))
    expect(await collecting).toBeGreaterThan(1)
  }, 600_000)

  test('a gc that is killed, or whose disk is full, at any point loses nothing in use, and the next one finishes its work', async () => {
    await using rig = await publishedRig()
    const project = await install(rig, { a: '*' })
    const makeUnused = async () => {
      const other = await install(rig, { c: '1.0.0' })
      fs.rmSync(other, { recursive: true })
    }
    await makeUnused()
    const last = await countChanges(rig, ['gc', '--forget-missing'], rig.root)
    for (const k of spread(last, KILLS / 2)) {
      await makeUnused()
      const full = await rig.cpm('gc --forget-missing --json', { env: faultEnv(`ENOSPC:${k}`) })
      if (full.code !== 0) expect(full.json.error?.code, `ENOSPC at ${k}`).toBe('DISK_FULL')
      await verify(rig, project)
    }
    expect(last).toBeGreaterThan(6)
    for (const k of spread(last, KILLS)) {
      await makeUnused()
      await rig.cpm('gc --forget-missing', { env: faultEnv(`kill:${k}`) })
      await verify(rig, project)
      expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
      await gc(rig, '--forget-missing')
      expect(entries(rig), `after kill at ${k}`).toHaveLength(4)
      expect(leftovers(rig.home), `after kill at ${k}`).toEqual([])
    }
  }, 600_000)
})
