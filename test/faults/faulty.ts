import fs from 'node:fs'
import path from 'node:path'
import type { Rig } from '../rig/rig.ts'
import { type Fault, isAffected, type Step } from './layer.mjs'

const FAULT = path.resolve(import.meta.dirname, 'fault.mjs')

export type Thread = 'main' | 'worker'

/** Returns the environment that makes the k-th change of the file system a fault: `kill`, or a code such as ENOSPC. */
export function faultEnv(what: string, thread: Thread | 'each' = 'main'): Record<string, string> {
  return { NODE_OPTIONS: `--import ${FAULT}`, CPM_FAULT: what, CPM_FAULT_THREAD: thread }
}

/** Reads the changes of the file system that a `count:<file>` recorded. */
export function readSteps(log: string): Step[] {
  if (!fs.existsSync(log)) return []
  const lines = fs.readFileSync(log, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Step)
}

/** Counts the changes of the file system that a command makes on one kind of thread, and that a fault can affect. */
export async function countChanges(
  rig: Rig,
  args: string[],
  cwd: string,
  { thread = 'main', fault = 'kill' }: { thread?: Thread; fault?: Fault } = {},
): Promise<number> {
  const log = rig.path(`changes-${Math.random().toString(36).slice(2)}`)
  const { code, stderr } = await rig.binary(args, { cwd, env: faultEnv(`count:${log}`, thread) })
  if (code !== 0) throw new Error(stderr)
  return readSteps(log).filter(({ kind }) => isAffected(fault, kind)).length
}

/**
 * Returns at most `most` evenly spread numbers from 1 to `last`, including both, and all of the last `tail`, where an
 * operation seals and applies its journal.
 */
export function spread(last: number, most: number, tail = 0): number[] {
  const all = Array.from({ length: last }, (_, i) => i + 1)
  if (most >= last) return all
  const step = Math.max(1, (last - 1) / (most - 1))
  const chosen = new Set(Array.from({ length: most }, (_, i) => Math.round(1 + i * step)))
  return all.filter((k) => chosen.has(k) || k === last || k > last - tail)
}

const LEFT = [
  // staging folders and marks of locks, named after their process
  /(?:^|\/)[0-9a-f]{8}-[0-9]+-[0-9]+-[0-9a-f]{8}(?:\.mark)?(?:\/|$)/,
  /\.tmp$/,
  /(?:^|\/)(?:\.cpm|\.locks)\/.*\.(?:lock|break)$/,
  /(?:^|\/)gc\.lock(?:\.break)?$/,
  /(?:^|\/)[0-9a-f]{64}\.lock(?:\.break)?$/,
]
/** contents of packages, which may have any name */
const CONTENTS = /(?:^|\/)(?:[0-9a-f]{64}|colony_packages\/[^.][^/]*)\//

/**
 * Finds what must not remain of a killed or failed cpm after the next command: staging folders, temporary files,
 * process locks.
 */
export function leftovers(...folders: string[]): string[] {
  return folders
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => !CONTENTS.test(name) && LEFT.some((pattern) => pattern.test(name)))
        .map((name) => path.join(folder, name)),
    )
}

/**
 * Returns about so many of a command's steps, counted from 1: one in each of as many equal parts, each time at another
 * place of it, so that work which repeats itself is not always met at the same place; and those around each seal.
 */
export function sample(steps: readonly Step[], points: number): number[] {
  // Threads share their work differently each time, so none reaches the sum of their steps.
  const last = Math.max(0, ...countByThread(steps).values())
  if (points >= last) return spread(last, Infinity)
  const parts = Array.from({ length: points }, (_, i) => 1 + Math.floor(((i + part(i)) * last) / points))
  const seals = steps.flatMap(({ call, file }, i) =>
    call === 'rename' && path.basename(String(file)) === 'journal.json' ? [i, i + 1, i + 2] : [],
  )
  return [...new Set([...parts, ...seals, last])].filter((k) => k >= 1 && k <= last).sort((a, b) => a - b)
}

function countByThread(steps: readonly Step[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { thread = 0 } of steps) counts.set(thread, (counts.get(thread) ?? 0) + 1)
  return counts
}

/** Returns the n-th of a series of numbers from 0 to 1 that fill the range evenly, however many there are. */
export function part(n: number): number {
  return (n * 0.618034) % 1
}
