import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { ownIdentity } from '../../src/core/process-identity.ts'
import type { Rig } from '../rig/rig.ts'
import { ownName } from './storm.ts'
import type { StormWatch } from './storm-watch.ts'

const CLOCK = path.resolve(import.meta.dirname, 'clock.mjs')
const HOUR = 3_600_000

/** A command that ran, and how it ended: `done`, `killed` or the code of its error. */
export interface Ran {
  readonly kind: string
  readonly outcome: string
  readonly milliseconds: number
}

interface ActorOptions {
  rig: Rig
  projects: readonly string[]
  number: number
  seed: number
  shared: readonly string[]
  lockTimeout: number
  watch: StormWatch
}

/** Runs random commands one after the other, and knows what they must have done. */
export class Actor {
  readonly ran: Ran[] = []
  readonly broken: string[] = []
  /** the versions of its own package in each project, as far as cpm reported that they are installed */
  readonly installed = new Map<string, string | undefined>()
  readonly published: string[] = []
  readonly name: string
  readonly #options: ActorOptions
  readonly #random: () => number

  constructor(options: ActorOptions) {
    this.#options = options
    this.#random = randomFrom(options.seed * 1000 + options.number)
    this.name = ownName(options.number)
  }

  async act(end: number): Promise<void> {
    while (performance.now() < end) {
      const action = this.#pick(this.#actions())
      await action()
    }
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T
  }

  #actions(): (() => unknown)[] {
    const { rig, projects, shared, number } = this.#options
    const cwd = this.#pick(projects)
    const inProject = (kind: string, ...args: string[]) => [() => this.#run(kind, [...kind.split(' '), ...args], cwd)]
    const own = [() => this.#changeOwn(cwd)]
    return [
      ...[...own, ...own, ...own, ...own, ...own],
      ...inProject('install'),
      ...inProject('ci'),
      ...inProject('update'),
      ...inProject('verify'),
      ...inProject('list'),
      ...inProject('install', `${this.#pick(shared)}@${this.#pick(['1.0.0', '^1.0.0', '*'])}`),
      () => this.#run('gc', ['gc'], rig.root),
      () => this.#run('gc', ['gc', '--dry-run'], rig.root),
      () => this.#run('store verify', ['store', 'verify'], rig.root),
      () => this.#run('cache clean', ['cache', 'clean'], rig.root),
      () => this.#publish(),
      () => {
        this.#leaveDeadLock(cwd)
      },
      ...(number === 0 ? [() => this.#moveAway(), () => this.#moveAway()] : []),
    ]
  }

  /** Installs or removes its own package in a project, and checks that colony.yaml says so at once. */
  async #changeOwn(cwd: string): Promise<void> {
    const before = this.installed.get(cwd)
    const version = this.#pick(['1.0.0', '2.0.0', undefined])
    if (version === undefined && before === undefined) return
    const args = version === undefined ? ['uninstall', this.name] : ['install', `${this.name}@${version}`]
    const outcome = await this.#run(args[0] ?? '', args, cwd)
    if (outcome === 'done') this.installed.set(cwd, version)
    else {
      // A killed command has happened or not. Another command finishes what it had begun.
      while ((await this.#run('install', ['install'], cwd)) !== 'done');
      const now = this.versionIn(cwd)
      if (now !== before && now !== version)
        this.broken.push(`${this.name} is ${now} in ${cwd}, neither ${before} nor ${version}`)
      this.installed.set(cwd, now)
    }
    this.checkOwn(cwd)
  }

  checkOwn(cwd: string): void {
    const [wanted, is] = [this.installed.get(cwd), this.versionIn(cwd)]
    if (wanted !== is) this.broken.push(`a lost update: ${this.name} is ${is} instead of ${wanted} in ${cwd}`)
  }

  versionIn(cwd: string): string | undefined {
    const at = this.#options.watch.placeOf(cwd)
    const text = fs.readFileSync(path.join(at, 'colony.yaml'), 'utf8')
    return (parse(text) as { dependencies?: Record<string, string> }).dependencies?.[this.name]
  }

  async #publish(): Promise<void> {
    const { rig } = this.#options
    const id = `made-${this.name}@1.0.${this.published.length}`
    const folder = rig.package(id)
    const outcome = await this.#run('publish', ['publish', folder], rig.root)
    if (
      outcome !== 'done' &&
      (await this.#run('publish', ['publish', folder], rig.root, { isSpared: true })) !== 'done'
    )
      this.broken.push(`${id} can't be published after ${outcome}`)
    this.published.push(id)
  }

  /** Leaves the lock of a process that has ended, whose pid another process has. */
  #leaveDeadLock(cwd: string): void {
    const { machine = '' } = ownIdentity()
    const text = `${machine}-${process.pid}-1-0@${os.hostname()}:cpm dead`
    try {
      fs.symlinkSync(text, path.join(cwd, 'colony_packages/.cpm/project.lock'))
      this.ran.push({ kind: 'dead lock', outcome: 'done', milliseconds: 0 })
    } catch {
      // Somebody holds the lock.
    }
  }

  /** Moves a project away while nobody works in it, lets a gc run, and moves it back. */
  async #moveAway(): Promise<void> {
    const { rig, watch } = this.#options
    await watch.moveAway(async (project) => {
      await this.#run('gc', ['gc'], rig.root)
      await this.#run('verify moved', ['verify', '--offline'], project, { isSpared: true })
    })
  }

  async #run(kind: string, args: readonly string[], cwd: string, { isSpared = false } = {}): Promise<string> {
    const { lockTimeout, watch } = this.#options
    return await watch.working(cwd, isSpared, async () => {
      const begun = performance.now()
      const child = this.#start(args, cwd)
      const isKilled = !isSpared && this.#random() < 0.1
      const timer = isKilled ? setTimeout(() => child.kill('SIGKILL'), this.#random() * 1500) : undefined
      const { exitCode, signal, stdout, stderr } = await child
      clearTimeout(timer)
      const milliseconds = performance.now() - begun
      const outcome = signal === 'SIGKILL' ? 'killed' : exitCode === 0 ? 'done' : errorCode(stdout)
      this.ran.push({ kind, outcome, milliseconds })
      if (!['done', 'killed', 'LOCK_TIMEOUT'].includes(outcome))
        this.broken.push(`cpm ${args.join(' ')} in ${cwd} ends with ${exitCode ?? signal}: ${stdout} ${stderr}`)
      if (milliseconds > 2 * lockTimeout * 1000) this.broken.push(`cpm ${args.join(' ')} took ${milliseconds / 1000} s`)
      return outcome
    })
  }

  #start(args: readonly string[], cwd: string) {
    const { rig, lockTimeout } = this.#options
    const shift = this.#random() < 0.1 ? this.#pick([-1, 1]) * 2 * HOUR : 0
    const clock = { NODE_OPTIONS: `--import ${CLOCK}`, CPM_CLOCK_SHIFT: String(shift) }
    const env = { CPM_LOCK_TIMEOUT: String(lockTimeout), ...(shift !== 0 && clock) }
    return rig.start([...args, '--json'], { cwd, env })
  }
}

function errorCode(stdout: string): string {
  try {
    return (JSON.parse(stdout) as { error: { code: string } }).error.code
  } catch {
    return 'no answer'
  }
}

/** Returns a generator of numbers from 0 to 1 that repeats for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
