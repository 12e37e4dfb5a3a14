import { isDeepStrictEqual } from 'node:util'
import type { CpmResult, Rig } from '../rig/rig.ts'
import { leftovers } from './faulty.ts'
import { brokenInvariants, brokenStore } from './invariants.ts'
import { Machine } from './machine.ts'
import type { Scene, Stage } from './scene.ts'

/** What a scene's command has done. */
export type Outcome = 'old' | 'new' | 'mixed'

/** A command on a machine that can be put back, and the states of the machine before and after it. */
export class Trial implements AsyncDisposable {
  readonly stage: Stage
  readonly #machine: Machine
  #states: readonly [old: unknown, changed: unknown] = [undefined, undefined]

  private constructor(machine: Machine, stage: Stage) {
    this.#machine = machine
    this.stage = stage
  }

  static async prepare(scene: Scene): Promise<Trial> {
    const machine = await Machine.create()
    const stage = await scene.prepare(machine.rig)
    machine.save('before')
    const trial = new Trial(machine, stage)
    const before = await stage.seen()
    trial.reset()
    const [failed] = await trial.#repeat(false)
    if (failed !== undefined) throw new Error(`${scene.name}: ${failed}`)
    trial.#states = [before, await stage.seen()]
    return trial
  }

  get rig(): Rig {
    return this.#machine.rig
  }

  /** Puts the machine back to before the command. */
  reset(): void {
    this.#machine.restore('before')
  }

  save(name: string): void {
    this.#machine.save(name)
  }

  restore(name: string): void {
    this.#machine.restore(name)
  }

  /** Runs the command in a process of its own. Returns the signal that ended it. */
  async start(env: Record<string, string>): Promise<string | undefined> {
    const { args, cwd } = this.stage
    return this.stage.start ? await this.stage.start(env) : (await this.rig.start([...args], { cwd, env })).signal
  }

  async run(...flags: string[]): Promise<CpmResult> {
    return await this.#cpm(this.stage.args, flags)
  }

  async #cpm(args: readonly string[], flags: readonly string[] = []): Promise<CpmResult> {
    return await this.rig.cpm([...args, ...flags], { cwd: this.stage.cwd })
  }

  /** Returns whether users see the machine as before the command or as after it, and what of it is broken. */
  async look(): Promise<{ outcomes: readonly Outcome[]; broken: readonly string[] }> {
    const { isDamaged = false } = this.stage
    const seen = await this.stage.seen()
    const outcomes = (['old', 'new'] as const).filter((_, state) => isDeepStrictEqual(this.#states[state], seen))
    const broken = [
      ...(outcomes.length > 0 ? [] : [`neither old nor new: ${JSON.stringify(seen)}`]),
      ...brokenInvariants(this.rig, this.stage),
      ...(isDamaged ? [] : await brokenStore(this.rig)),
    ]
    return { outcomes, broken }
  }

  /**
   * Runs the command again, and returns what is broken afterwards.
   * @param hasHappened whether it has succeeded, so that some commands can't be repeated
   */
  async again({ hasHappened = false } = {}): Promise<string[]> {
    const failed = await this.#repeat(hasHappened)
    if (failed.length > 0) return failed
    const { outcomes, broken } = await this.look()
    return [
      ...broken,
      ...(this.stage.done?.() ?? []),
      ...(outcomes.length > 0 && !outcomes.includes('new') ? ['the same command changes nothing'] : []),
      ...(this.stage.isDamaged === true ? await brokenStore(this.rig) : []),
      ...leftovers(...this.stage.roots).map((file) => `left behind: ${file}`),
    ]
  }

  async #repeat(hasHappened: boolean): Promise<string[]> {
    const { args, next = args } = this.stage
    if (this.stage.repeat) return await this.stage.repeat()
    const { code, stderr } = await this.#cpm(hasHappened ? next : args)
    return code === 0 ? [] : [`the same command fails: ${stderr}`]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage.end?.()
    await this.#machine[Symbol.asyncDispose]()
  }
}
