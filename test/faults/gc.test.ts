import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { gc, publishedRig, verify } from '../rig/garbage.ts'
import { Rig } from '../rig/rig.ts'

const TREE_USER = path.resolve(import.meta.dirname, 'tree-user.ts')
/** CPM_SWEEP=all runs more rounds; the default keeps the tests short. */
const ROUNDS = process.env.CPM_SWEEP === 'all' ? 20 : 1

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
})
