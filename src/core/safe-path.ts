import { lstatSync } from 'node:fs'
import path from 'node:path'
import { CpmError, systemCode } from './errors.ts'

/**
 * Joins untrusted names to a path; all such paths are built here. A segment may contain `/` (a scope, a folder), but
 * nothing that leads out of `root`.
 * @throws CpmError PROJECT_UNSAFE for an absolute path, a drive, a backslash, NUL, or an empty, `.` or `..` segment
 */
export function safeJoin(root: string, ...segments: string[]): string {
  for (const segment of segments) {
    if (!isSafeRelative(segment)) {
      throw new CpmError('PROJECT_UNSAFE', `unsafe path ${JSON.stringify(segment)}: it could lead out of ${root}`)
    }
  }
  return path.join(root, ...segments)
}

/** Returns whether a path is relative and means the same on every platform. */
export function isSafeRelative(text: string): boolean {
  return text.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part))
}

/**
 * Requires a folder that cpm is about to write to or delete from to be a real folder or absent. A repository could
 * contain a link that leads elsewhere.
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
    throw new CpmError(
      'PROJECT_UNSAFE',
      `${folder} is a link or a file instead of a folder: cpm would write elsewhere`,
      {
        hint: `remove ${folder} if it is not yours`,
      },
    )
  }
}
