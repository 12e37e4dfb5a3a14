import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { namesIn, makeFolders } from './atomic-file.ts'
import { fileError } from './errors.ts'
import { makerHasEnded, nameAfterNobody, nameAfterProcess } from './process-identity.ts'

/**
 * A staging folder is where one process prepares what it will put in place by renames: in a registry, in the store, in a
 * project. No reader looks there. It is named after its process, so that what a crash left can be told from work under way.
 */
const JOURNAL_FILE = 'journal.json'

/** Makes a staging folder of this process below `parent`. */
export function createStaging(parent: string): string {
  const folder = path.join(parent, nameAfterProcess(randomBytes(4).toString('hex')))
  try {
    makeFolders(parent)
    fs.mkdirSync(folder, { mode: 0o700 })
    return folder
  } catch (error) {
    throw fileError(error, 'write', folder)
  }
}

/** The journal of a staging folder: with it the operation is to be finished, without it undone. */
export function journalFile(staging: string): string {
  return path.join(staging, JOURNAL_FILE)
}

export interface Staging {
  readonly folder: string
  readonly sealed: boolean
}

/** Every staging folder below `parent`, whoever made it. */
export function stagingsIn(parent: string): Staging[] {
  return namesIn(parent)
    .filter((name) => makerHasEnded(name) !== undefined)
    .map((name) => path.join(parent, name))
    .map((folder) => ({ folder, sealed: fs.existsSync(journalFile(folder)) }))
}

/** The staging folders below `parent` whose process is known to have ended. */
export function abandonedStagings(parent: string): Staging[] {
  return stagingsIn(parent).filter(({ folder }) => makerHasEnded(path.basename(folder)) === true)
}

export function removeStaging(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true })
}

/**
 * Removes a staging folder at the end of its process's work, unless it holds a sealed journal: that is finished later, by whoever comes
 * next. A process that runs on, as a server does, gives it up by name, since nobody would touch what seems to be under way.
 */
export function closeStaging(folder: string): void {
  if (!fs.existsSync(journalFile(folder))) {
    removeStaging(folder)
    return
  }
  try {
    fs.renameSync(folder, path.join(path.dirname(folder), nameAfterNobody(randomBytes(4).toString('hex'))))
  } catch {
    // It keeps this process's name, and is finished once that has ended.
  }
}

/** Names for temporary files and folders below `parent`, in a staging folder that is made with the first of them. */
export class StagingArea {
  readonly #parent: string
  #folder: string | undefined
  #count = 0

  constructor(parent: string) {
    this.#parent = parent
  }

  /** A path where nothing is yet. */
  temporary(): string {
    this.#folder ??= createStaging(this.#parent)
    return path.join(this.#folder, String(this.#count++))
  }

  /** Removes what this process did not move away. */
  removeOwn(): void {
    if (this.#folder !== undefined) removeStaging(this.#folder)
    this.#folder = undefined
  }

  /** Removes what this process did not move away, and what processes that were killed left. */
  sweep(): void {
    this.removeOwn()
    for (const { folder } of abandonedStagings(this.#parent)) removeStaging(folder)
  }
}
