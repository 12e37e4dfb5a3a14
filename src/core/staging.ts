import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { namesIn, makeFolders } from './atomic-file.ts'
import { CpmError, fileError, systemCode } from './errors.ts'
import { fateOfMaker, nameAfterNobody, nameAfterProcess } from './process-identity.ts'

/**
 * A staging folder is where one process prepares what it will put in place by renames: in a registry, in the store, in a
 * project. No reader looks there. It is named after its process, so that what a crash left can be told from work under way;
 * and it is touched while its process lives, for those who can't ask about that process (see `fateOf`).
 */
const JOURNAL_FILE = 'journal.json'

const TOUCHED_EVERY = 5_000
/** After so long a silence a process that can't be asked about has ended: clocks jump, and machines sleep for a night. */
const SILENT_AFTER = 24 * 3_600_000

const living = new Set<string>()
let touching: NodeJS.Timeout | undefined

/** Makes a staging folder of this process below `parent`. */
export function createStaging(parent: string): string {
  const folder = path.join(parent, nameAfterProcess(randomBytes(4).toString('hex')))
  try {
    makeFolders(parent)
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    throw fileError(error, 'write', folder)
  }
  living.add(folder)
  touching ??= setInterval(touchLiving, TOUCHED_EVERY).unref()
  return folder
}

function touchLiving(): void {
  const now = new Date()
  for (const folder of living) {
    try {
      fs.utimesSync(folder, now, now)
    } catch {
      // Who works in it will find that it is gone.
    }
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
    .filter((name) => fateOfMaker(name) !== undefined)
    .map((name) => path.join(parent, name))
    .map((folder) => ({ folder, sealed: fs.existsSync(journalFile(folder)) }))
}

/** The staging folders below `parent` whose process has ended, or gave no sign of life for a day. */
export function abandonedStagings(parent: string): Staging[] {
  return stagingsIn(parent).filter(({ folder }) => isAbandoned(folder))
}

/** Whether the process of a staging folder has ended; where it can't be asked about, whether the folder was not touched for `silence`. */
export function isAbandoned(folder: string, silence: number | undefined = SILENT_AFTER): boolean {
  const fate = fateOfMaker(path.basename(folder))
  return fate === 'ended' || (fate === 'unknown' && isSilent(folder, silence))
}

/** Whether a file was not touched for so many milliseconds. */
export function isSilent(file: string, silence: number): boolean {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > silence
}

/** The sealed ones whose process is not known to live. They are finished under the locks that a living process would hold. */
export function unfinishedStagings(parent: string): Staging[] {
  return stagingsIn(parent).filter(({ folder, sealed }) => sealed && fateOfMaker(path.basename(folder)) !== 'living')
}

export function removeStaging(folder: string): void {
  living.delete(folder)
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
  living.delete(folder)
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
    // Where this process could not give a sign of life for a day, somebody may have removed its folder.
    if (this.#folder === undefined || !fs.existsSync(this.#folder)) this.#folder = createStaging(this.#parent)
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
    try {
      for (const { folder } of abandonedStagings(this.#parent)) removeStaging(folder)
    } catch (error) {
      // Where nothing can be written, what others left stays there too.
      if (systemCode(error) === undefined && !(error instanceof CpmError)) throw error
    }
  }
}
