import path from 'node:path'
import { statsIfThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'

/** Returns the mount point of the file system that a folder is on, or undefined if that is unknown. */
export function mountOf(folder: string): string | undefined {
  const device = deviceOf(folder)
  if (device === undefined) return undefined
  let mount = folder
  while (path.dirname(mount) !== mount && deviceOf(path.dirname(mount)) === device) mount = path.dirname(mount)
  return mount
}

/** Returns whether a file system is mounted at a path now. */
export function isMounted(mount: string): boolean {
  const device = deviceOf(mount)
  const parent = path.dirname(mount)
  return device !== undefined && (parent === mount || device !== deviceOf(parent))
}

function deviceOf(folder: string): number | undefined {
  try {
    return statsIfThere(folder)?.dev
  } catch (error) {
    // A server or device behind the mount point that does not answer is not usable either.
    if (error instanceof CpmError) return undefined
    throw error
  }
}
