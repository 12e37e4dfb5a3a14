import { lstatSync } from 'node:fs'
import path from 'node:path'
import { CpmError, systemCode } from './errors.ts'

/**
 * The one place where a name that came from outside becomes a path. Segments may hold `/` (a scope, a folder), never
 * anything that leads out of `root`.
 * @throws CpmError PROJECT_UNSAFE for an absolute path, a drive, a backslash, NUL, an empty, `.` or `..` segment
 */
export function safeJoin(root: string, ...segments: string[]): string {
  for (const segment of segments) {
    if (!isSafeRelative(segment)) {
      throw new CpmError('PROJECT_UNSAFE', `refusing the path ${JSON.stringify(segment)}: it could lead out of ${root}`)
    }
  }
  return path.join(root, ...segments)
}

/** A relative path of plain segments, the same on every platform. */
export function isSafeRelative(text: string): boolean {
  return text.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part))
}

/**
 * Makes sure that a folder cpm is going to write or delete in is a real folder (or not there yet), not a link that somebody
 * committed to lead elsewhere.
 */
export function requireRealFolder(folder: string): void {
  let isFolder: boolean
  try {
    isFolder = lstatSync(folder).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  if (!isFolder) {
    throw new CpmError('PROJECT_UNSAFE', `${folder} is not a folder but a link or file: cpm would write elsewhere`, {
      hint: `remove ${folder} if it is not yours`,
    })
  }
}
