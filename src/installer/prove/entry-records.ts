import fs from 'node:fs'
import path from 'node:path'
import { Blake3, type Tree } from '../../schema/digest.ts'
import { isSilent } from '../../core/abandoned.ts'
import { namesIn, makeFolders } from '../../core/atomic-file.ts'
import { fileError } from '../../core/errors.ts'
import { bootId } from '../../core/boot-id.ts'
import type { Fingerprint } from '../../package/fingerprint.ts'

/** Another machine may share the store and still write to its file, so files that are younger than this stay. */
const DAY = 24 * 3_600_000

/**
 * What is known about each entry of the store since the machine started. The entries written or proven during a boot
 * are recorded in a file named after it, one line an entry: the tree, and the fingerprint of its files when they were
 * proven.
 *
 * All other entries are suspects. They are not fsynced one by one, which would cost more than unpacking them, so a power
 * failure may have lost writes to them, or their records, and they are proven again before their next use. Fingerprints
 * of an earlier boot count for nothing.
 */
export class EntryRecords {
  readonly #folder: string
  #recorded: Set<string> | undefined
  /** entries of earlier boots that are not recorded in this one */
  #unrecorded: Set<string> | undefined
  #fingerprints: Map<string, Fingerprint> | undefined
  #now: string | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  isSuspect(tree: Tree): boolean {
    return !this.#recordedNow().has(tree)
  }

  /** Returns the fingerprint that an entry had when it was last proven during this boot. */
  fingerprintOf(tree: Tree): Fingerprint | undefined {
    this.#fingerprints ??= new Map(readLines(this.#file()).flatMap(parseLine))
    return this.#fingerprints.get(tree)
  }

  /** Records an entry that was written or proven during this boot. */
  note(tree: Tree, fingerprint?: Fingerprint): void {
    this.#append(fingerprint === undefined ? tree : `${tree} ${fingerprint}`)
    if (fingerprint !== undefined) this.#fingerprints?.set(tree, fingerprint)
    const recorded = this.#recordedNow()
    this.#unrecorded ??= new Set(
      this.#earlier()
        .flatMap(readLines)
        .map(treeIn)
        .filter((name) => name === tree || !recorded.has(name)),
    )
    recorded.add(tree)
    if (this.#unrecorded.delete(tree) && this.#unrecorded.size === 0)
      for (const file of this.#earlier()) if (isSilent(file, DAY)) fs.rmSync(file, { force: true })
  }

  /**
   * Removes the files of earlier boots that name only entries which no longer exist, or which are recorded in this boot.
   */
  forgetMissing(exists: (tree: string) => boolean): void {
    const current = new Set(readLines(this.#file()).map(treeIn))
    const isDone = (tree: string) => current.has(tree) || !exists(tree)
    for (const file of this.#earlier())
      if (isSilent(file, DAY) && readLines(file).map(treeIn).every(isDone)) fs.rmSync(file, { force: true })
  }

  #recordedNow(): Set<string> {
    this.#recorded ??= new Set(readLines(this.#file()).map(treeIn))
    return this.#recorded
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

  #append(line: string): void {
    try {
      makeFolders(this.#folder)
      // A single short append, so that lines of concurrent processes don't interleave.
      fs.appendFileSync(this.#file(), `${line}\n`)
    } catch (error) {
      throw fileError(error, 'write', this.#file())
    }
  }
}

function treeIn(line: string): string {
  return line.split(' ', 1)[0] ?? ''
}

/** A line may have no fingerprint. The last fingerprint of an entry counts. */
function parseLine(line: string): [string, Fingerprint][] {
  const fingerprint = Blake3.safeParse(line.slice(treeIn(line).length + 1))
  return fingerprint.success ? [[treeIn(line), fingerprint.data as Fingerprint]] : []
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
