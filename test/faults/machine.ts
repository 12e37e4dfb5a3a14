import fs from 'node:fs'
import path from 'node:path'
import { Rig } from '../rig/rig.ts'

/** A rig whose files can be saved and put back, so that each fault meets the same machine. */
export class Machine implements AsyncDisposable {
  readonly rig: Rig

  private constructor(rig: Rig) {
    this.rig = rig
  }

  static async create(): Promise<Machine> {
    return new Machine(await Rig.create())
  }

  save(name: string): void {
    remove(this.#saved(name))
    copy(this.rig.root, this.#saved(name))
  }

  restore(name: string): void {
    for (const entry of fs.readdirSync(this.rig.root)) remove(path.join(this.rig.root, entry))
    copy(this.#saved(name), this.rig.root)
  }

  #saved(name: string): string {
    return `${this.rig.root}.${name}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const parent = path.dirname(this.rig.root)
    const saved = fs.readdirSync(parent).filter((name) => name.startsWith(`${path.basename(this.rig.root)}.`))
    for (const name of saved) remove(path.join(parent, name))
    await this.rig[Symbol.asyncDispose]()
  }
}

function copy(from: string, to: string): void {
  fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
}

function remove(file: string): void {
  fs.rmSync(file, { recursive: true, force: true })
}
