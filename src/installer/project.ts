import fs from 'node:fs'
import path from 'node:path'
import { isThere, makeFolders } from '../core/atomic-file.ts'
import { fileError } from '../core/errors.ts'
import { requireRealFolder } from '../core/safe-path.ts'
import { MANIFEST_FILE } from '../package/manifest-file.ts'

export const LOCK_FILE = 'colony.lock'
export const PACKAGES_FOLDER = 'colony_packages'

/** A folder with a colony.yaml, and the paths that cpm uses in it. */
export interface Project {
  readonly root: string
  readonly manifestFile: string
  readonly lockFile: string
  readonly packages: string
  /** cpm's folder inside `packages`, for state and proofs. Its name is not a valid package name. */
  readonly own: string
  /** the folder for process locks and staging: `own`, or that of the workspace's root */
  readonly changes: string
  /** its path in the workspace that it is a member of, with `/` */
  readonly member?: string
}

/** Describes the project in a folder, without looking for a workspace around it. */
export function projectAt(root: string): Project {
  const packages = path.join(root, PACKAGES_FOLDER)
  const own = path.join(packages, '.cpm')
  return {
    root,
    manifestFile: path.join(root, MANIFEST_FILE),
    lockFile: path.join(root, LOCK_FILE),
    packages,
    own,
    changes: own,
  }
}

/**
 * Makes sure that writes to colony_packages stay inside it: a repository may contain a symlink in its place.
 * @throws CpmError PROJECT_UNSAFE
 */
export function requireSafeProject(project: Project): void {
  requireRealFolder(project.packages)
  requireRealFolder(project.own)
}

/** Creates colony_packages and cpm's folder inside it, ignored by git. */
export function prepareProject(project: Project): void {
  requireSafeProject(project)
  try {
    makeFolders(project.own)
    const ignoreFile = path.join(project.packages, '.gitignore')
    if (!isThere(ignoreFile)) fs.writeFileSync(ignoreFile, '*\n', { flag: 'wx' })
  } catch (error) {
    throw fileError(error, 'write', project.own)
  }
}
