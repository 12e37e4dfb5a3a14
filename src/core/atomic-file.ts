import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { CpmError, fileError, systemCode } from './errors.ts'
import { decodeText } from './text.ts'

interface WriteOptions {
  mode?: number
  /** where it is written first, on the same file system; without it beside the file */
  temporary?: string
  /** false for what can be made again: no waiting for the disk */
  durable?: boolean
}

/**
 * Writes a file so that a reader, or the machine after a crash, sees the old contents or the new, never a part: a temporary
 * file beside it, fsync, rename. A link at `file` is replaced, never followed.
 */
export function writeFileAtomic(
  file: string,
  contents: string | Uint8Array,
  { mode = 0o644, durable = true, temporary = besides(file) }: WriteOptions = {},
): void {
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
}

/**
 * Makes a folder and those above it, which others may be making at the same time. Node's own recursive mkdir never ends where a folder can't
 * be made though its parent is there, as below /proc.
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

/** Has these folders made for their user alone, whoever makes them first. */
export function keepPrivate(folders: readonly string[]): void {
  for (const folder of folders) privateFolders.add(folder)
}

/** The error where a folder can't be made because what is above it is missing. */
function makeOne(folder: string, mode: number): Error | undefined {
  try {
    fs.mkdirSync(folder, { mode: privateFolders.has(folder) ? 0o700 : mode })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return undefined
    if (code !== 'ENOENT') throw error
    return error as Error
  }
  return undefined
}

function besides(file: string): string {
  return `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
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

/** Makes renames in a folder durable; a no-op where the system can't fsync folders. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** The file's text, or undefined when there is none. @throws CpmError FILE_UNREADABLE, with the place, where it is not UTF-8 */
export function readTextIfThere(file: string): string | undefined {
  const bytes = readIfThere(file)
  return bytes && requireText(file, bytes)
}

/** @throws CpmError FILE_UNREADABLE, with the place, where bytes are not UTF-8 or begin with a byte order mark */
export function requireText(file: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes)
  if ('text' in decoded) return decoded.text
  const { line, column, message } = decoded.fault
  throw new CpmError('FILE_UNREADABLE', `${file}:${line}:${column} ${message}`, { details: { file } })
}

/** The file's bytes, or undefined when there is none. */
export function readIfThere(file: string): Buffer | undefined {
  try {
    // A device or a pipe would be read for ever: a folder that was fetched may have a link to one.
    if (fs.statSync(file).isFile()) return fs.readFileSync(file)
    throw new Error('it is no regular file')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, 'read', file)
  }
}

/** Whether something is there, a dangling link included. */
export function isThere(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined
}

/** The names in a folder, sorted by code units so that no locale or file system decides; none when it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw fileError(error, 'read', folder)
  }
}
