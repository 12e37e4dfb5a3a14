import fs from 'node:fs'
import path from 'node:path'
import { requireText, writeFileAtomic } from './atomic-file.ts'
import { CpmError, fileError } from './errors.ts'

const MOST_BYTES = 64 * 1024 * 1024

/**
 * Reads a file that a user named or wrote, where links may lead to it. A device or a pipe can be read for ever, so neither is, also not where
 * a folder that was fetched has a link to one.
 * @throws CpmError FILE_UNREADABLE
 */
export function readUserFile(file: string, maxBytes = MOST_BYTES): Buffer {
  try {
    const stats = fs.statSync(file)
    if (!stats.isFile()) throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is no regular file')
    if (stats.size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024} KiB`)
    return fs.readFileSync(file)
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}

/** The same as text. */
export function readUserText(file: string, maxBytes?: number): string {
  return requireText(file, readUserFile(file, maxBytes))
}

/**
 * Writes a file that a user named for a result: whole or not at all where a file or nothing is there, the file that a link leads to, and
 * straight into a device or a pipe, which a rename would replace.
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
      throw new CpmError('FILE_UNWRITABLE', `cannot write ${file}: there is no folder ${folder}`)
    if (stats) fs.accessSync(target, fs.constants.W_OK)
    writeFileAtomic(target, text, stats && { mode: stats.mode & 0o777 })
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}
