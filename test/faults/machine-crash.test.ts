import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Rig } from '../rig/rig.ts'
import { brokenStore } from './invariants.ts'
import { Machine } from './machine.ts'

const REBOOT = path.resolve(import.meta.dirname, 'reboot.mjs')

vi.setConfig({ testTimeout: 600_000 })

/** Changes a file as a power failure may: its name is there, and its contents are not. */
const DAMAGES: Readonly<Record<string, (file: string, size: number) => void>> = {
  empty: (file) => {
    fs.truncateSync(file, 0)
  },
  'half of it': (file, size) => {
    fs.truncateSync(file, size >> 1)
  },
  'full of zeros': (file, size) => {
    fs.writeFileSync(file, Buffer.alloc(size))
  },
  gone: (file) => {
    fs.rmSync(file)
  },
}

/** What is written without waiting for the disk: everything but the files of a project and of a registry. */
const LOST: Readonly<Record<string, (file: string) => boolean>> = {
  'a file of a package': (file) => file.endsWith('data/codec.txt'),
  'the manifest of a package': (file) => /store\/.*\/[0-9a-f]{64}\/colony\.yaml$/.test(file),
  'the tables of the store': (file) => file.endsWith('.table'),
  'the records of the store': (file) => file.includes('/boots/'),
  'a package and the records of the store': (file) => file.includes('/boots/') || file.endsWith('data/codec.txt'),
  'the notes of the store': (file) => file.includes('/v1/projects/'),
  'the cache': (file) => file.includes('/home/cache/'),
}

/** CPM_SWEEP=all tries every kind of damage; the default is another one for each kind of file. */
function some<T>(all: readonly T[], number: number): readonly T[] {
  if (process.env.CPM_SWEEP === 'all') return all
  const one = all[number % all.length]
  return one === undefined ? [] : [one]
}

function damage(rig: Rig, isLost: (file: string) => boolean, how: (file: string, size: number) => void): number {
  const lost = rig
    .files(rig.home)
    .map((name) => path.join(rig.home, name))
    .filter((file) => !file.includes('/home/registry/') && isLost(file))
  for (const file of lost) {
    const { size, mode } = fs.statSync(file)
    fs.chmodSync(file, mode | 0o200)
    how(file, size)
    if (fs.existsSync(file)) fs.chmodSync(file, mode)
  }
  return lost.length
}

test.runIf(process.platform === 'linux').each(Object.keys(LOST))(
  'the first use after a crash of the machine finds and heals damage to %s',
  async (what) => {
    await using machine = await Machine.create()
    const { rig } = machine
    await rig.publish(['codec@1.0.0', { files: { 'data/codec.txt': 'c'.repeat(3000) } }])
    await rig.publish(['align@1.0.0', { dependencies: { codec: '*' } }])
    const project = rig.project({ dependencies: { align: '*' } })
    for (const command of ['install', 'ci']) expect((await rig.cpm(command, { cwd: project })).code).toBe(0)
    const other = rig.project({ dependencies: { codec: '*' } })
    machine.save('sound')
    for (const [name, how] of some(Object.entries(DAMAGES), Object.keys(LOST).indexOf(what))) {
      machine.restore('sound')
      expect(damage(rig, LOST[what] ?? (() => false), how)).toBeGreaterThan(0)
      const env = { NODE_OPTIONS: `--import ${REBOOT}`, CPM_TEST_BOOT: `after-${name.replaceAll(' ', '-')}` }
      for (const [command, cwd] of [
        ['install', other],
        ['install', project],
        ['verify', project],
      ] as const) {
        const { code, stderr } = await rig.binary(command, { cwd, env })
        expect.soft(code, `${what} is ${name}: ${command}: ${stderr}`).toBe(0)
      }
      expect.soft(await brokenStore(rig), `${what} is ${name}`).toEqual([])
    }
  },
)
