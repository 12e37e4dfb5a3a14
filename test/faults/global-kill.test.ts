import fs from 'node:fs'
import path from 'node:path'
import { execFileSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { GlobalState } from '../../src/schema/global-state.ts'
import { Rig } from '../rig/rig.ts'
import { countChanges, faultEnv, leftovers, spread } from './faulty.ts'

/** CPM_SWEEP=all stops at every change; the default keeps the run short. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : 2
/** The last changes, where the state is replaced and executables are linked. */
const TAIL = process.env.CPM_SWEEP === 'all' ? 0 : 3

// These tests start and stop many processes.
vi.setConfig({ testTimeout: 600_000 })

const says = (what: string) => `#!/bin/sh\necho ${what}\n`

/** A machine with a global package `old`, and newer versions of it and of its dependency. */
async function usedRig(): Promise<Rig> {
  const rig = await Rig.create()
  await rig.publish('dep@1.0.0', [
    'old@1.0.0',
    { dependencies: { dep: '^1.0.0' }, files: { 'bin/old': says('1.0.0') } },
  ])
  expect((await rig.cpm('install -g old')).code).toBe(0)
  await rig.publish('dep@1.1.0', [
    'old@1.1.0',
    { dependencies: { dep: '^1.0.0' }, files: { 'bin/old': says('1.1.0'), 'bin/more': says('1.1.0') } },
  ])
  await rig.publish(['new@1.0.0', { dependencies: { dep: '^1.0.0' }, files: { 'bin/new': says('1.0.0') } }])
  return rig
}

/** Checks that packages, links and folders are those of the state, and returns the packages as `name@version`. */
function wholeState(rig: Rig, when: string): string[] {
  const { packages, pending } = GlobalState.parse(JSON.parse(rig.read('home/state.json')))
  expect.soft(pending, when).toEqual([])
  const entries = Object.entries(packages)
  const roots = path.join(rig.home, 'packages')
  const there = fs
    .readdirSync(roots)
    .flatMap((name) =>
      name.startsWith('.') ? [] : fs.readdirSync(path.join(roots, name)).map((version) => `${name}@${version}`),
    )
  const ids = entries.map(([name, { version }]) => `${name}@${version}`).sort()
  expect.soft(there.sort(), when).toEqual(ids)
  expect
    .soft(fs.readdirSync(path.join(rig.home, 'bin')).sort(), when)
    .toEqual(entries.flatMap(([, { executables }]) => executables).sort())
  for (const [, { executables, version }] of entries)
    for (const name of executables)
      expect.soft(execFileSync(path.join(rig.home, 'bin', name), { encoding: 'utf8' }).trim(), when).toBe(version)
  return ids
}

test.each([
  { line: 'install -g new', before: ['old@1.0.0'], after: ['new@1.0.0', 'old@1.0.0'] },
  { line: 'update -g', before: ['old@1.0.0'], after: ['old@1.1.0'] },
  { line: 'uninstall -g old', before: ['old@1.0.0'], after: [] },
])('G01 kill -9 at any change of $line: the next command finishes or undoes it', async ({ line, before, after }) => {
  await using rig = await usedRig()
  const kept = rig.path('kept')
  fs.cpSync(rig.home, kept, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  const restore = () => {
    fs.rmSync(rig.home, { recursive: true })
    fs.cpSync(kept, rig.home, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  }
  const last = await countChanges(rig, line.split(' '), rig.root)
  const outcomes = new Set<string>()
  for (const k of spread(last, MOST, TAIL)) {
    restore()
    const when = `${line}, killed at ${k} of ${last}`
    await rig.cpm(line, { env: faultEnv(`kill:${k}`) })
    // Until then, readers see the old state or the new one, and what is linked runs.
    const listed = await rig.cpm('list -g --json')
    expect.soft(listed.code, when).toBe(0)
    const seen = (listed.json.data as { packages: { name: string; version: string }[] }).packages.map(
      ({ name, version }) => `${name}@${version}`,
    )
    expect.soft([before, after], when).toContainEqual(seen)
    for (const name of fs.readdirSync(path.join(rig.home, 'bin')))
      expect.soft(execFileSync(path.join(rig.home, 'bin', name), { encoding: 'utf8' }), when).toMatch(/^1\.[01]\.0\n$/)
    const pending = (JSON.parse(rig.read('home/state.json')) as GlobalState).pending.length
    const next = await rig.cpm('install -g')
    expect.soft(next.code, `${when}: ${next.stderr}`).toBe(0)
    if (pending > 0)
      expect
        .soft(next.stderr, when)
        .toMatch(/(?:finished|cleaned up after) an interrupted operation in the global packages/)
    const ids = wholeState(rig, when)
    expect.soft(ids, when).toEqual(seen)
    outcomes.add(ids.join())
    expect.soft(leftovers(rig.home), when).toEqual([])
    const again = await rig.cpm(line)
    if (ids.join() === before.join() || line.startsWith('install'))
      expect.soft(again.code, `${when}: ${again.stderr}`).toBe(0)
    expect.soft(wholeState(rig, when), when).toEqual(after)
    expect.soft((await rig.cpm('verify -g')).code, when).toBe(0)
  }
  // Both happened: the kills were where they should be.
  expect([...outcomes].sort()).toEqual([before.join(), after.join()].sort())
})
