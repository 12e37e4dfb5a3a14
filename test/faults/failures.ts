import fs from 'node:fs'
import path from 'node:path'
import { nameAfterNobody, nameAfterProcess } from '../../src/core/process-identity.ts'
import { type Fault, faultAt, isAffected, overlay } from './layer.mjs'
import type { Scene } from './scene.ts'
import { SCENES } from './scenes.ts'
import { Trial } from './trial.ts'

export type Failure = Exclude<Fault, 'kill'>

const FAILURES: readonly Failure[] = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'EXDEV', 'short']

/** The error codes that a command may report for each failure. */
const CODES: Readonly<Record<Failure, readonly string[]>> = {
  ENOSPC: ['DISK_FULL'],
  EDQUOT: ['DISK_FULL'],
  EIO: ['FILE_UNWRITABLE', 'FILE_UNREADABLE'],
  EROFS: ['READ_ONLY'],
  EMFILE: ['FILE_UNWRITABLE', 'FILE_UNREADABLE'],
  EXDEV: ['FILE_UNWRITABLE'],
  short: [],
}

/** Counts the steps of a command that a failure can affect. The command runs in this process. */
async function countSteps(trial: Trial, failure: Failure): Promise<number> {
  let steps = 0
  trial.reset()
  const remove = overlay({
    strikes: ({ kind }) => {
      if (isAffected(failure, kind)) steps++
      return false
    },
    strike: () => undefined,
  })
  try {
    await trial.run()
  } finally {
    remove()
  }
  return steps
}

/**
 * Runs the command with a failure at its k-th step, and with `stays` at all later ones too. Returns what is broken: it
 * must fail with one of the codes, and leave everything as it was, or succeed.
 */
async function failAt(trial: Trial, failure: Failure, k: number, stays: boolean): Promise<string[]> {
  trial.reset()
  const plan = faultAt(failure, k, { stays })
  const remove = overlay(plan)
  const { code, stdout, stderr } = await trial.run('--json').finally(remove)
  if (!plan.struck) return []
  endProcess(trial.stage.roots)
  const error = code === 0 ? undefined : errorIn(stdout)
  const broken = [...(trial.stage.always?.() ?? [])]
  // A repair names each package that it could not mend, and why.
  const isNamed = error?.code === 'STORE_DAMAGED' && error.message.includes('not repaired: cannot')
  if (code !== 0 && !isNamed && !CODES[failure].includes(error?.code ?? ''))
    broken.push(`it fails with ${error?.code ?? stdout}: ${error?.message ?? stderr}`)
  trial.save('failed')
  const { outcomes, broken: seen } = await trial.look()
  broken.push(...seen)
  const wanted = code === 0 ? 'new' : error?.details?.unfinished === true ? undefined : 'old'
  if (outcomes.length > 0 && wanted !== undefined && !outcomes.includes(wanted))
    broken.push(`it ends with ${code} (${error?.message ?? ''}), but the state is ${outcomes.join()}`)
  trial.restore('failed')
  return [...broken, ...(await trial.again({ hasHappened: code === 0 }))]
}

function errorIn(stdout: string): { code: string; message: string; details?: { unfinished?: boolean } } | undefined {
  try {
    return (JSON.parse(stdout) as { error: { code: string; message: string } }).error
  } catch {
    return undefined
  }
}

/** Makes what a command in this process left look as if its process had ended. */
function endProcess(folders: readonly string[]): void {
  const ours = nameAfterProcess('')
  for (const folder of folders.filter((name) => fs.existsSync(name))) {
    for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder, name)
      const stats = fs.lstatSync(file, { throwIfNoEntry: false })
      if (stats?.isSymbolicLink() === true) {
        const target = fs.readlinkSync(file)
        if (!target.startsWith(ours)) continue
        fs.unlinkSync(file)
        fs.symlinkSync(`${nameAfterNobody('0')}@nowhere:cpm`, file)
      } else if (path.basename(name).startsWith(ours)) {
        fs.renameSync(file, path.join(path.dirname(file), nameAfterNobody(path.basename(name).slice(ours.length))))
      }
    }
  }
}

export interface Failed {
  readonly failure: Failure
  /** the steps that it can affect */
  readonly steps: number
  readonly tried: number
  readonly broken: readonly string[]
}

/** Chooses at which of so many steps a failure strikes, counted from 1, and whether it stays. */
export type ChooseFailures = (steps: number) => readonly { k: number; stays: boolean }[]

/** Lets a command meet every kind of failure at the chosen steps. */
export async function sweepFailures(scene: Scene, choose: ChooseFailures): Promise<Failed[]> {
  await using trial = await Trial.prepare(scene)
  const all: Failed[] = []
  for (const failure of FAILURES) {
    const steps = await countSteps(trial, failure)
    // A short write is no error, so the rest of the command goes on.
    const points = choose(steps).filter(({ stays }) => !stays || failure !== 'short')
    const broken: string[] = []
    for (const { k, stays } of points) {
      const name = `${scene.name}, ${failure} at ${k}${stays ? ' and later' : ''}`
      broken.push(...(await failAt(trial, failure, k, stays)).map((what) => `${name}: ${what}`))
    }
    all.push({ failure, steps, tried: points.length, broken })
  }
  return all
}

/** The commands that failures can strike: in this process, so a server is not one. */
export const COMMANDS = SCENES.filter(({ name }) => !name.startsWith('serve'))
