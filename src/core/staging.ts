import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { isAbandoned } from './abandoned.ts'
import { namesIn, makeFolders } from './atomic-file.ts'
import { CpmError, fileError, ifPossible, systemCode } from './errors.ts'
import { fateOfMaker, nameAfterNobody, nameAfterProcess } from './process-identity.ts'

/**
 * A staging folder is where one process prepares files that it then renames into a registry, the store or a project.
 * Readers never look there. Its name identifies the process, which distinguishes leftovers of a crash from work in
 * progress. The process also touches it regularly, for machines and containers that can't see the process (see
 * `fateOf`).
 */
const JOURNAL_FILE = 'journal.json'

const TOUCHED_EVERY = 5_000

const living = new Set<string>()
let touching: NodeJS.Timeout | undefined

/** Creates a staging folder for this process below `parent`. */
export function createStaging(parent: string): string {
  const folder = path.join(parent, nameAfterProcess(randomBytes(4).toString('hex')))
  try {
    makeFolders(parent)
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    throw fileError(error, 'create', folder)
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
      // The code that uses the folder will notice that it is gone.
    }
  }
}

/**
 * Returns the path of a staging folder's journal. If it exists, the operation must be finished; otherwise it is undone.
 */
export function journalFile(staging: string): string {
  return path.join(staging, JOURNAL_FILE)
}

export interface Staging {
  readonly folder: string
  readonly sealed: boolean
}

/** Lists the staging folders of all processes below `parent`. */
export function stagingsIn(parent: string): Staging[] {
  return namesIn(parent)
    .filter((name) => fateOfMaker(name) !== undefined)
    .map((name) => path.join(parent, name))
    .map((folder) => ({ folder, sealed: fs.existsSync(journalFile(folder)) }))
}

/** Lists the staging folders below `parent` whose process has ended, or has not touched them for a day. */
export function abandonedStagings(parent: string): Staging[] {
  return stagingsIn(parent).filter(({ folder }) => isAbandoned(folder))
}

/**
 * Lists sealed staging folders whose process may have ended. The caller finishes them under the locks that a living
 * process would hold.
 */
export function unfinishedStagings(parent: string): Staging[] {
  return stagingsIn(parent).filter(({ folder, sealed }) => sealed && fateOfMaker(path.basename(folder)) !== 'living')
}

/** Removes a staging folder. What can't be removed is left to the next command: it is no reason to fail. */
export function removeStaging(folder: string): void {
  living.delete(folder)
  ifPossible(() => {
    fs.rmSync(folder, { recursive: true, force: true })
  })
}

/**
 * Removes a staging folder when its work ends. A folder with a sealed journal stays for the next process to finish; it
 * is renamed, because others would leave it alone while this process, for example a server, keeps running.
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
    // Under its old name, it is finished after this process ends.
  }
}

/** Provides paths for temporary files and folders in a staging folder below `parent`, which is created on first use. */
export class StagingArea {
  readonly #parent: string
  #folder: string | undefined
  #count = 0

  constructor(parent: string) {
    this.#parent = parent
  }

  /** Returns an unused path. */
  temporary(): string {
    // If this process was suspended for a day, another one may have removed its folder.
    if (this.#folder === undefined || !fs.existsSync(this.#folder)) this.#folder = createStaging(this.#parent)
    return path.join(this.#folder, String(this.#count++))
  }

  /** Removes the remaining files of this process. */
  removeOwn(): void {
    if (this.#folder !== undefined) removeStaging(this.#folder)
    this.#folder = undefined
  }

  /** Removes the remaining files of this process and of killed ones. */
  sweep(): void {
    this.removeOwn()
    try {
      for (const { folder } of abandonedStagings(this.#parent)) removeStaging(folder)
    } catch (error) {
      // In a read-only place, leftovers of other processes stay.
      if (systemCode(error) === undefined && !(error instanceof CpmError)) throw error
    }
  }
}
