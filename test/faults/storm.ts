import path from 'node:path'
import { Rig } from '../rig/rig.ts'
import { Actor, type Ran } from './storm-actor.ts'
import { endChecks, StormWatch } from './storm-watch.ts'

export interface StormOptions {
  seconds: number
  seed: number
  processes?: number
  /** seconds that a command waits for a lock */
  lockTimeout?: number
}

export interface StormSummary {
  readonly seed: number
  /** how often each kind of command ended in each way */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly commands: number
  /** how often the projects were looked at from outside, while they were changed */
  readonly looks: number
  readonly longest: number
  readonly broken: readonly string[]
}

/** The names that each actor of a storm owns, so that every lost update is its own. */
export function ownName(actor: number): string {
  return `own-${actor}`
}

const SHARED = ['align', 'bases', 'codec']

type Release = [id: string, manifest: { files?: Record<string, string> } & Record<string, unknown>]

async function publishAll(rig: Rig, processes: number): Promise<void> {
  const owned = Array.from({ length: processes }, (_, actor) => ownName(actor))
  await rig.publish(
    ...['1.0.0', '1.1.0', '2.0.0'].map((version): Release => [
      `codec@${version}`,
      { files: { 'c.txt': version.repeat(500) } },
    ]),
    ...['1.0.0', '1.1.0'].map((version): Release => [`bases@${version}`, { dependencies: { codec: '^1.0.0' } }]),
    ...['1.0.0', '2.0.0'].map((version): Release => [`align@${version}`, { dependencies: { bases: '^1.0.0' } }]),
    ...owned.flatMap((name) =>
      ['1.0.0', '2.0.0'].map((version): Release => [
        `${name}@${version}`,
        { files: { 'own.txt': `${name} ${version}` } },
      ]),
    ),
  )
}

/**
 * Lets many processes run random commands on one store and three projects, one of which is moved back and forth. Some
 * commands are killed, some have another clock, and some meet locks of processes that have ended.
 */
export async function storm({ seconds, seed, processes = 16, lockTimeout = 60 }: StormOptions): Promise<StormSummary> {
  await using rig = await Rig.create()
  await publishAll(rig, processes)
  const projects = Array.from({ length: 3 }, () => rig.project({ dependencies: { align: '^1.0.0' } }))
  for (const cwd of projects) await rig.cpm('install', { cwd })
  const watch = new StormWatch(projects)
  const actors = Array.from(
    { length: processes },
    (_, number) => new Actor({ rig, projects, number, seed, shared: SHARED, lockTimeout, watch }),
  )
  const end = performance.now() + seconds * 1000
  const looking = watch.start()
  await Promise.all(actors.map((actor) => actor.act(end)))
  await looking.stop()
  const afterwards = await endChecks(rig, projects, actors)
  const broken = [...watch.broken, ...actors.flatMap((actor) => actor.broken), ...afterwards]
  const ran = actors.flatMap((actor) => actor.ran)
  return {
    seed,
    outcomes: count(ran),
    commands: ran.length,
    looks: watch.looks,
    longest: Math.max(0, ...ran.map(({ milliseconds }) => milliseconds)) / 1000,
    broken: broken.map((what) => what.replaceAll(`${rig.root}${path.sep}`, '')),
  }
}

function count(ran: readonly Ran[]): Record<string, Record<string, number>> {
  const outcomes: Record<string, Record<string, number>> = {}
  for (const { kind, outcome } of ran) {
    const of = (outcomes[kind] ??= {})
    of[outcome] = (of[outcome] ?? 0) + 1
  }
  return outcomes
}
