import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { namesIn, readTextIfThere } from './atomic-file.ts'
import { fileError } from './errors.ts'
import { hasEnded, ownIdentity } from './process-identity.ts'

/**
 * A staging folder is where one process prepares what it will put in place by renames: in a registry, in the store, in a
 * project. No reader looks there. It says who made it, so that what a crash left can be told from work under way.
 */
const OWNER_FILE = 'owner.json'
const JOURNAL_FILE = 'journal.json'

const Owner = z.object({ pid: z.int(), host: z.string(), startedAt: z.string().nullable() })

/** Makes a staging folder of this process below `parent`. */
export function createStaging(parent: string): string {
  const folder = path.join(parent, randomBytes(8).toString('hex'))
  try {
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, OWNER_FILE), JSON.stringify(ownIdentity()))
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
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .map((name) => path.join(parent, name))
    .map((folder) => ({ folder, sealed: fs.existsSync(journalFile(folder)) }))
}

/** The staging folders below `parent` whose process is known to have ended. */
export function abandonedStagings(parent: string): Staging[] {
  return stagingsIn(parent).filter(({ folder }) => isAbandoned(folder))
}

export function removeStaging(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true })
}

/** Removes a staging folder at the end of its process's work, unless it holds a sealed journal: that is finished later. */
export function closeStaging(folder: string): void {
  if (!fs.existsSync(journalFile(folder))) removeStaging(folder)
}

function isAbandoned(folder: string): boolean {
  const text = readTextIfThere(path.join(folder, OWNER_FILE))
  try {
    if (text !== undefined) return hasEnded(Owner.parse(JSON.parse(text)))
  } catch {
    // Half a line: treated like none.
  }
  // Killed before it wrote who it is, so nothing else is in there. A living one is given the time to do so.
  const stats = fs.statSync(folder, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > 60_000
}
