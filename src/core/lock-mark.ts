import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { isAbandoned } from './abandoned.ts'
import { namesIn } from './atomic-file.ts'
import { systemCode } from './errors.ts'
import { nameAfterProcess } from './process-identity.ts'

/**
 * The mark of a lock names its holder from the moment it exists: a symbolic link whose target is the name. On a file
 * system without links, it is a folder with the name in a file, prepared beside it and moved into place by one rename.
 */
export const NAME_FILE = 'holder'
/** Distinguishes a mark in preparation or removal from a staging folder, which the holder of a project's lock removes. */
const BESIDE = '.mark'

const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

/** Whether a link could not be created because the file system has none, as FAT and some network shares. */
export function lacksLinks(error: unknown): boolean {
  return NO_LINKS.has(systemCode(error) ?? '')
}

/** Returns whether links can be created beside a lock that this process holds: on other file systems, it is a folder. */
export function canLinkBeside(lock: string): boolean {
  // On Windows, every lock is a folder.
  if (process.platform === 'win32') return canCreateLink(path.dirname(lock))
  return fs.lstatSync(lock, { throwIfNoEntry: false })?.isDirectory() !== true
}

/** If the folder can't be written, the next write reports that. */
function canCreateLink(folder: string): boolean {
  const probe = besides(path.join(folder, 'probe'))
  try {
    fs.symlinkSync('.', probe)
    fs.rmSync(probe)
    return true
  } catch (error) {
    return !lacksLinks(error)
  }
}

/** Creates a mark, in one step. @throws an error with the code EEXIST if there is something in its place */
export function createMark(file: string, name: string): void {
  try {
    fs.symlinkSync(name, file)
  } catch (error) {
    if (!lacksLinks(error)) throw error
    createFolderMark(file, name)
  }
}

function createFolderMark(file: string, name: string): void {
  const prepared = besides(file)
  fs.mkdirSync(prepared)
  try {
    fs.writeFileSync(path.join(prepared, NAME_FILE), name)
    if (fs.lstatSync(file, { throwIfNoEntry: false })) throw exists(file)
    fs.renameSync(prepared, file)
  } catch (error) {
    fs.rmSync(prepared, { recursive: true, force: true })
    const isTaken = ['ENOTEMPTY', 'ENOTDIR'].includes(systemCode(error) ?? '')
    throw isTaken ? exists(file) : error
  }
}

/**
 * Moves a file to a path where there is none: if two processes do so at once, only one succeeds. Without links, one that
 * looks and moves at the same moment as the other replaces its file.
 * @throws an error with the code EEXIST
 */
export function placeOnce(temporary: string, file: string): void {
  try {
    fs.linkSync(temporary, file)
  } catch (error) {
    if (!lacksLinks(error)) throw error
    if (fs.lstatSync(file, { throwIfNoEntry: false })) throw exists(file)
    fs.renameSync(temporary, file)
  }
}

function exists(file: string): Error {
  return Object.assign(new Error(`${file} already exists`), { code: 'EEXIST' })
}

/** Returns the name in a mark; undefined if there is none. */
export function nameIn(file: string): string | undefined {
  try {
    return fs.readlinkSync(file)
  } catch {
    return nameInFolder(file)
  }
}

function nameInFolder(folder: string): string | undefined {
  try {
    return fs.readFileSync(path.join(folder, NAME_FILE), 'utf8')
  } catch {
    return undefined
  }
}

/** Removes a mark, or an empty folder or plain file in its place. A folder goes at once too, by a rename. */
export function removeMark(file: string): void {
  if (!fs.lstatSync(file).isDirectory()) {
    fs.unlinkSync(file)
    return
  }
  const aside = besides(file)
  fs.renameSync(file, aside)
  fs.rmSync(aside, { recursive: true, force: true })
}

/**
 * Removes a mark only if it is still the one that the caller has looked at: another process may have replaced a dead one
 * by its own in the meantime, which stays.
 * @param isIt looks at the mark, after a rename
 */
export function removeMarkIf(file: string, isIt: (renamed: string) => boolean): boolean {
  const aside = besides(file)
  try {
    fs.renameSync(file, aside)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
  const goes = isIt(aside)
  if (!goes) putBack(aside, file)
  fs.rmSync(aside, { recursive: true, force: true })
  return goes
}

/** If a third process was faster, its mark stays: the second one notices that it lost its lock (`requireHeld`). */
function putBack(aside: string, file: string): void {
  const name = nameIn(aside)
  try {
    if (name !== undefined) createMark(file, name)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

/** Removes what killed processes left in a folder while they created or removed a mark. */
export function removeDeadMarks(folder: string): void {
  for (const name of namesIn(folder).filter((name) => name.endsWith(BESIDE))) {
    const file = path.join(folder, name)
    if (isAbandoned(file, { name: name.slice(0, -BESIDE.length) })) fs.rmSync(file, { recursive: true, force: true })
  }
}

/** Returns a path in the same folder that names this process, so that others can tell when it is abandoned. */
function besides(file: string): string {
  return path.join(path.dirname(file), `${nameAfterProcess(randomBytes(4).toString('hex'))}${BESIDE}`)
}
