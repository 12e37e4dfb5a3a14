import fs from 'node:fs'
import path from 'node:path'
import { isThere, makeFolders } from '../core/atomic-file.ts'
import { CpmError, fileError } from '../core/errors.ts'
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
  /** cpm's folder inside `packages`, for process locks, staging and state. Its name is not a valid package name. */
  readonly own: string
}

/** Finds the nearest folder with a colony.yaml, from `start` upward. */
export function findProject(start: string): Project | undefined {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (isThere(path.join(folder, MANIFEST_FILE))) return projectAt(folder)
    if (path.dirname(folder) === folder) return undefined
  }
}

/** @throws CpmError PROJECT_NOT_FOUND */
export function requireProject(start: string): Project {
  const project = findProject(start)
  if (project) return project
  throw new CpmError('PROJECT_NOT_FOUND', `there is no ${MANIFEST_FILE} in ${path.resolve(start)} or above it`, {
    hint: 'cpm init',
  })
}

export function projectAt(root: string): Project {
  const packages = path.join(root, PACKAGES_FOLDER)
  return {
    root,
    manifestFile: path.join(root, MANIFEST_FILE),
    lockFile: path.join(root, LOCK_FILE),
    packages,
    own: path.join(packages, '.cpm'),
  }
}

/** Returns the project whose installed packages a package folder uses: the folder itself, or the current project. */
export function projectOfFolder(root: string, cwd: string): Project {
  const own = projectAt(root)
  return isThere(own.packages) ? own : (findProject(cwd) ?? own)
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
