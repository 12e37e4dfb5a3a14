import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { Rig } from './rig.ts'

export interface Garbage {
  removed: { label: string; size: number; tree: string }[]
  kept: number
  size: number
  leftovers: { count: number; size: number }
  projects: { path: string; standing: string }[]
  forgotten: string[]
}

export async function gc(rig: Rig, flags = ''): Promise<Garbage & { labels: string[]; stderr: string }> {
  const { code, stdout, stderr, json } = await rig.cpm(`gc --json ${flags}`)
  expect(code, stdout).toBe(0)
  const data = json.data as Garbage
  return { ...data, labels: data.removed.map(({ label }) => label).sort(), stderr }
}

/** A machine with the packages `a`, which needs `b`, and `c`. */
export async function publishedRig(): Promise<Rig> {
  const rig = await Rig.create()
  await rig.publish('b@1.0.0', 'c@1.0.0', ['c@2.0.0', { files: { 'big.txt': 'x'.repeat(5000) } }])
  await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }])
  return rig
}

export async function install(rig: Rig, dependencies: Record<string, string>, flags = ''): Promise<string> {
  const project = rig.project({ dependencies })
  const { code, stderr } = await rig.cpm(`install ${flags}`, { cwd: project })
  expect(code, stderr).toBe(0)
  return project
}

export async function verify(rig: Rig, cwd: string): Promise<void> {
  const { code, stderr } = await rig.cpm('verify', { cwd })
  expect(code, stderr).toBe(0)
}

export function notes(rig: Rig): string[] {
  const folder = path.join(rig.store, 'projects')
  return fs.readdirSync(folder).map((name) => path.join(folder, name))
}

/** Returns the paths of the entries and the files beside them. */
export function entries(rig: Rig): string[] {
  return fs
    .readdirSync(rig.store)
    .filter((name) => name.length === 2)
    .flatMap((shard) => fs.readdirSync(path.join(rig.store, shard)).map((name) => path.join(rig.store, shard, name)))
}
