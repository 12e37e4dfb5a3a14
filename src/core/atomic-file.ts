import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { isAbandoned } from './abandoned.ts'
import { CpmError, fileError, ifPossible, systemCode } from './errors.ts'
import { nameAfterProcess } from './process-identity.ts'
import { decodeText } from './text.ts'

interface WriteOptions {
  mode?: number
  /** temporary file to write first, on the same file system; default: next to the file */
  temporary?: string
  /** false for files that can be recreated: skips fsync */
  durable?: boolean
}

/**
 * Writes a file atomically: a reader sees the old contents or the new, even after a crash. Writes a temporary file,
 * syncs it and renames it. Replaces a link at `file` instead of following it. Removes the temporary files of killed
 * processes.
 */
export function writeFileAtomic(
  file: string,
  contents: string | Uint8Array,
  { mode = 0o644, durable = true, temporary: given }: WriteOptions = {},
): void {
  const temporary = given ?? besides(file)
  try {
    makeFolders(path.dirname(file))
    if (durable) writeFileDurable(temporary, contents, { mode })
    else fs.writeFileSync(temporary, contents, { mode, flag: 'wx' })
    fs.renameSync(temporary, file)
    if (durable) syncFolder(path.dirname(file))
  } catch (error) {
    if (fs.existsSync(temporary)) fs.rmSync(temporary, { force: true })
    throw fileError(error, 'write', file)
  }
  if (given === undefined) removeAbandoned(file)
}

/**
 * Creates a folder and its parents, which other processes may be creating at the same time. Node's recursive mkdir
 * never returns if a folder can't be created in an existing parent, for example below /proc.
 */
export function makeFolders(folder: string, mode = 0o777): void {
  const failure = makeOne(folder, mode)
  if (failure === undefined) return
  const parent = path.dirname(folder)
  if (parent === folder) throw failure
  makeFolders(parent, mode)
  const again = makeOne(folder, mode)
  if (again !== undefined) throw again
}

const privateFolders = new Set<string>()

/** Ensures that these folders are created with mode 0700, no matter which code creates them. */
export function keepPrivate(folders: readonly string[]): void {
  for (const folder of folders) privateFolders.add(folder)
}

/** Creates a folder. Returns the error if its parent is missing; throws any other. */
function makeOne(folder: string, mode: number): Error | undefined {
  // Most folders are there already, and a failed mkdir costs ten times as much as this.
  if (isFolder(folder)) return undefined
  try {
    fs.mkdirSync(folder, { mode: privateFolders.has(folder) ? 0o700 : mode })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && isFolder(folder)) return undefined
    if (code !== 'ENOENT') throw error
    return error as Error
  }
  return undefined
}

function isFolder(folder: string): boolean {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
}

const BESIDE = '.tmp'

/** Returns a path next to a file. It names this process, so that others can tell when it is abandoned. */
function besides(file: string): string {
  return `${file}.${nameAfterProcess(randomBytes(4).toString('hex'))}${BESIDE}`
}

/** Removes what killed processes left next to a file while they wrote it. */
function removeAbandoned(file: string): void {
  const beginning = `${path.basename(file)}.`
  ifPossible(() => {
    for (const name of namesIn(path.dirname(file))) {
      if (!name.startsWith(beginning) || !name.endsWith(BESIDE)) continue
      const left = path.join(path.dirname(file), name)
      if (isAbandoned(left, { name: name.slice(beginning.length, -BESIDE.length) })) fs.rmSync(left, { force: true })
    }
  })
}

/** Writes a new file and waits until the disk has it. The file must not exist. */
export function writeFileDurable(
  file: string,
  contents: string | Uint8Array,
  { mode = 0o644 }: WriteOptions = {},
): void {
  const fd = fs.openSync(file, 'wx', mode)
  try {
    fs.writeFileSync(fd, contents)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes renames in a folder durable. Does nothing on systems that can't fsync a folder. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Returns the text of a file, or undefined if the file does not exist.
 * @throws CpmError FILE_UNREADABLE with line and column if it is not UTF-8
 */
export function readTextIfThere(file: string): string | undefined {
  const bytes = readIfThere(file)
  return bytes && requireText(file, bytes)
}

/**
 * Decodes UTF-8.
 * @throws CpmError FILE_UNREADABLE with line and column if the bytes are not UTF-8 or begin with a byte order mark
 */
export function requireText(file: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes)
  if ('text' in decoded) return decoded.text
  const { line, column, message } = decoded.fault
  throw new CpmError('FILE_UNREADABLE', `${file}:${line}:${column} ${message}`, { details: { file } })
}

/** Returns the bytes of a file, or undefined if the file does not exist. */
export function readIfThere(file: string): Buffer | undefined {
  try {
    // Reading a device or a pipe may never end, and a downloaded folder can contain a link to one.
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    if (!stats) return undefined
    if (stats.isFile()) return fs.readFileSync(file)
    throw new Error('it is not a regular file')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, 'read', file)
  }
}

/** Returns the stats of what a path leads to, or undefined if it does not exist. */
export function statsIfThere(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, 'read', file)
  }
}

/** Returns whether a path exists, including a dangling link. Nothing exists below a plain file. */
export function isThere(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return false
    throw fileError(error, 'read', file)
  }
}

/**
 * Lists a folder, sorted by code units so that the order does not depend on locale or file system. Empty if it does not
 * exist.
 */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || !isThere(folder)) return []
    throw fileError(error, 'read', folder)
  }
}
