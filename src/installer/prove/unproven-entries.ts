import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import { namesIn, makeFolders } from '../../core/atomic-file.ts'
import { fileError } from '../../core/errors.ts'
import { bootId } from '../../core/process-identity.ts'

/**
 * Store entries are not fsynced one by one, which would cost more than unpacking them. Instead, each is recorded in a
 * file named after the current boot. Entries in the file of an earlier boot may have lost writes in a power failure, so
 * they are proven again before their next use.
 */
export class UnprovenEntries {
  readonly #folder: string
  #suspects: Set<string> | undefined
  #now: string | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  has(tree: Tree): boolean {
    return this.#load().has(tree)
  }

  /** Records an entry that was written or proven during this boot. */
  note(tree: Tree): void {
    this.#append(tree)
    const suspects = this.#load()
    if (suspects.delete(tree) && suspects.size === 0)
      for (const file of this.#earlier()) fs.rmSync(file, { force: true })
  }

  #load(): Set<string> {
    if (this.#suspects) return this.#suspects
    const suspects = new Set(this.#earlier().flatMap(readLines))
    if (suspects.size > 0) for (const tree of readLines(this.#file())) suspects.delete(tree)
    this.#suspects = suspects
    return suspects
  }

  #earlier(): string[] {
    return namesIn(this.#folder)
      .map((name) => path.join(this.#folder, name))
      .filter((file) => file !== this.#file())
  }

  #file(): string {
    this.#now ??= path.join(this.#folder, bootId().replace(/[^A-Za-z0-9-]/g, '_'))
    return this.#now
  }

  #append(tree: Tree): void {
    try {
      makeFolders(this.#folder)
      // A single short append, so that lines of concurrent processes don't interleave.
      fs.appendFileSync(this.#file(), `${tree}\n`)
    } catch (error) {
      throw fileError(error, 'write', this.#file())
    }
  }
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
