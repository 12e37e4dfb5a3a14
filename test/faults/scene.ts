import type { Rig } from '../rig/rig.ts'

/** A command on a machine, and how to tell whether it has happened. */
export interface Stage {
  readonly args: readonly string[]
  readonly cwd: string
  /** the folders that the command may change */
  readonly roots: readonly string[]
  /** what the command changes, as users of the machine see it: entirely as before, or as afterwards */
  seen(): Promise<unknown>
  /** what must be true at every moment, even before another command runs */
  always?(): string[]
  /** what must be true after the command has succeeded */
  done?(): string[]
  /** whether the store is damaged before the command, which repairs it */
  readonly isDamaged?: boolean
  /** what can follow the command if it can't be repeated, because it has happened */
  readonly next?: readonly string[]
  /** runs the command in a process of its own, if it is not only a command; returns the signal that ended it */
  start?(env: Record<string, string>): Promise<string | undefined>
  /** repeats the command, if it is not only a command; returns what fails */
  repeat?(): Promise<string[]>
  /** ends what the stage has started */
  end?(): Promise<void>
}

export interface Scene {
  readonly name: string
  /** prepares a machine for the command */
  readonly prepare: (rig: Rig) => Promise<Stage>
}

/** Runs a command that must succeed. */
export async function must(rig: Rig, args: string, cwd = rig.root): Promise<void> {
  const { code, stderr } = await rig.cpm(args, { cwd })
  if (code !== 0) throw new Error(`cpm ${args}: ${stderr}`)
}
