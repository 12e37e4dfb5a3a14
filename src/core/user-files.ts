import fs from 'node:fs'
import path from 'node:path'
import { requireText, writeFileAtomic } from './atomic-file.ts'
import { CpmError, fileError } from './errors.ts'

const MOST_BYTES = 64 * 1024 * 1024

/**
 * Reads a file that a user named or wrote, following links. Refuses devices and pipes, because reading one may never
 * end, and a downloaded folder can contain a link to one.
 * @throws CpmError FILE_UNREADABLE
 */
export function readUserFile(file: string, maxBytes = MOST_BYTES): Buffer {
  try {
    const stats = fs.statSync(file)
    if (!stats.isFile()) throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file')
    if (stats.size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024} KiB`)
    return fs.readFileSync(file)
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}

/** Like `readUserFile`, but returns text. */
export function readUserText(file: string, maxBytes?: number): string {
  return requireText(file, readUserFile(file, maxBytes))
}

/**
 * Writes a result to a file that the user named. Replaces a regular file atomically, follows a link to its file, and
 * writes directly to a device or a pipe, which a rename would replace.
 * @throws CpmError FILE_UNWRITABLE
 */
export function writeUserFile(file: string, text: string): void {
  try {
    const target = fs.existsSync(file) ? fs.realpathSync(file) : file
    const stats = fs.statSync(target, { throwIfNoEntry: false })
    if (stats && !stats.isFile()) {
      fs.writeFileSync(target, text)
      return
    }
    const folder = path.dirname(target)
    if (!fs.existsSync(folder))
      throw new CpmError('FILE_UNWRITABLE', `cannot write ${file}: the folder ${folder} does not exist`)
    if (stats) fs.accessSync(target, fs.constants.W_OK)
    writeFileAtomic(target, text, stats && { mode: stats.mode & 0o777 })
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}
