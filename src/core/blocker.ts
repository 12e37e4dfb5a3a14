import fs from 'node:fs'
import path from 'node:path'

/** Returns what stands where a folder is needed: the lowest existing part of a path, if it is not a folder. */
export function blockerOf(file: string): string | undefined {
  for (let part = path.resolve(file); part !== path.dirname(part); part = path.dirname(part)) {
    const kind = kindOf(part)
    if (kind !== undefined) return kind === 'other' ? part : undefined
  }
  return undefined
}

function kindOf(file: string): 'folder' | 'other' | undefined {
  try {
    if (fs.statSync(file).isDirectory()) return 'folder'
    return 'other'
  } catch {
    return isLink(file) ? 'other' : undefined
  }
}

/** Returns whether a path is a link, such as a dangling one. */
function isLink(file: string): boolean {
  try {
    return fs.lstatSync(file).isSymbolicLink()
  } catch {
    return false
  }
}
