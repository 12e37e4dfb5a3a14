import fs from 'node:fs'
import { fileError, systemCode } from './errors.ts'

/**
 * Files of a folder that others read through us. A link in a file's place would lead out of the folder, and a folder or a pipe there is damage:
 * both are refused, and neither is the same as nothing being there.
 */
const FLAGS = fs.constants.O_RDONLY | (process.platform === 'win32' ? 0 : fs.constants.O_NOFOLLOW)

/** What the system says of a file; undefined when there is none, which costs little. @throws CpmError FILE_UNREADABLE */
export function regularStats(file: string): fs.Stats | undefined {
  try {
    const stats = fs.lstatSync(file, { throwIfNoEntry: false })
    if (!stats || stats.isFile()) return stats
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, 'read', file)
  }
  throw fileError('it is no regular file', 'read', file)
}

/** The file's bytes, or undefined when there is none. @throws CpmError FILE_UNREADABLE */
export function readRegular(file: string): Buffer | undefined {
  if (!regularStats(file)) return undefined
  try {
    const fd = fs.openSync(file, FLAGS)
    try {
      return fs.readFileSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw fileError(error, 'read', file)
  }
}

/** Opens a file. @throws CpmError FILE_UNREADABLE */
export async function openRegular(file: string): Promise<fs.promises.FileHandle> {
  regularStats(file)
  try {
    return await fs.promises.open(file, FLAGS)
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}
