import { faultEnv, readSteps, type Thread } from './faulty.ts'
import { outside } from './invariants.ts'
import type { Step } from './layer.mjs'
import type { Scene } from './scene.ts'
import { Trial } from './trial.ts'

export interface Tried {
  readonly thread: Thread
  /** the changes of the file system that the command makes */
  readonly steps: number
  /** the changes before which it was killed */
  readonly kills: number
  /** points that were not reached: threads share their work differently each time */
  readonly missed: number
  readonly broken: readonly string[]
}

/** Chooses at which of a command's changes to kill it, counted from 1. */
export type Choose = (steps: readonly Step[], thread: Thread) => readonly number[]

const THREADS: readonly Thread[] = ['main', 'worker']

/** Kills a command at the chosen changes of each kind of thread, on several machines at a time. */
export async function sweepCrashes(scene: Scene, choose: Choose, lanes = 1): Promise<Tried[]> {
  const trials = await Promise.all(Array.from({ length: lanes }, () => Trial.prepare(scene)))
  try {
    const tried: Tried[] = []
    const [first] = trials
    if (!first) return []
    const all = await stepsOf(first)
    for (const thread of THREADS) {
      const steps = all[thread]
      const broken = strays(first, steps)
      const points = choose(steps, thread)
      const queue = points.values()
      let missed = 0
      const lane = async (trial: Trial) => {
        for (const k of queue) {
          const found = await killAt(trial, thread, k)
          if (found === undefined) missed++
          const { call, file } = steps[k - 1] ?? { call: '', file: '' }
          broken.push(...(found ?? []).map((what) => `${scene.name}, ${thread} ${k} (${call} ${file}): ${what}`))
        }
      }
      await Promise.all(trials.map(lane))
      if (steps.length > 0) tried.push({ thread, steps: steps.length, kills: points.length - missed, missed, broken })
    }
    return tried
  } finally {
    for (const trial of trials) await trial[Symbol.asyncDispose]()
  }
}

/** Returns the changes that a command makes on each kind of thread. */
async function stepsOf(trial: Trial): Promise<Record<Thread, readonly Step[]>> {
  const log = `${trial.rig.root}.steps`
  trial.reset()
  await trial.start(faultEnv(`count:${log}`, 'each'))
  return { main: readSteps(`${log}.main`), worker: readSteps(`${log}.worker`) }
}

/** Returns the changes outside of the folders that the command may change. */
function strays({ rig, stage }: Trial, steps: readonly Step[]): string[] {
  // Commands that pack packages do it in a folder of the system's, which they remove.
  const isAllowed = (file: string) =>
    stage.roots.some((root) => file.startsWith(root)) || file.includes('/cpm-scratch-')
  return steps.flatMap(({ call, file }) =>
    typeof file === 'number' || isAllowed(file) ? [] : [`it changes ${file}, beside ${rig.root} (${call})`],
  )
}

/** Kills the command before its k-th change. Returns which invariants are broken; undefined if it was not killed. */
async function killAt(trial: Trial, thread: Thread, k: number): Promise<string[] | undefined> {
  const { rig, stage } = trial
  trial.reset()
  const around = outside(rig, stage.roots)
  if ((await trial.start(faultEnv(`kill:${k}`, thread))) !== 'SIGKILL') return undefined
  trial.save('killed')
  const broken = [...(stage.always?.() ?? []), ...(await trial.look()).broken]
  // The same command meets the machine as the crash left it, not as the look left it.
  trial.restore('killed')
  broken.push(...(await trial.again()))
  if (outside(rig, stage.roots) !== around) broken.push('something outside of its folders changed')
  return broken
}
