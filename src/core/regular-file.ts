import fs from 'node:fs'
import { fileError, systemCode } from './errors.ts'

/**
 * Opens files of a folder that cpm serves to others. A link could lead out of the folder, and a folder or pipe in a
 * file's place is damage. Both are errors, unlike a missing file.
 */
const FLAGS = fs.constants.O_RDONLY | (process.platform === 'win32' ? 0 : fs.constants.O_NOFOLLOW)

/** Returns the stats of a file, or undefined if it does not exist. @throws CpmError FILE_UNREADABLE */
export function regularStats(file: string): fs.Stats | undefined {
  try {
    const stats = fs.lstatSync(file, { throwIfNoEntry: false })
    if (!stats || stats.isFile()) return stats
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, 'read', file)
  }
  throw fileError('it is not a regular file', 'read', file)
}

/** Returns the bytes of a file, or undefined if it does not exist. @throws CpmError FILE_UNREADABLE */
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
