import path from 'node:path'
import { isThere } from '../core/atomic-file.ts'
import { CpmError } from '../core/errors.ts'
import { MANIFEST_FILE } from '../package/manifest-file.ts'
import { type Project, projectAt } from './project.ts'
import { projectIn } from './workspace/find-workspace.ts'

/** Finds the nearest folder with a colony.yaml, from `start` upward. */
export function findProject(start: string): Project | undefined {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (isThere(path.join(folder, MANIFEST_FILE))) return projectIn(folder)
    if (path.dirname(folder) === folder) return undefined
  }
}

/**
 * @param globally the command that does the same without a project
 * @throws CpmError PROJECT_NOT_FOUND
 */
export function requireProject(start: string, globally?: string): Project {
  const project = findProject(start)
  if (project) return project
  throw new CpmError('PROJECT_NOT_FOUND', `there is no ${MANIFEST_FILE} in ${path.resolve(start)} or above it`, {
    hint: globally === undefined ? 'cpm init' : `to start a project: cpm init; without a project: ${globally}`,
  })
}

/** Returns the project whose installed packages a package folder uses: the folder itself, or the current project. */
export function projectOfFolder(root: string, cwd: string): Project {
  if (!isThere(projectAt(root).packages)) return findProject(cwd) ?? projectAt(root)
  return isThere(path.join(root, MANIFEST_FILE)) ? projectIn(root) : projectAt(root)
}

/** Returns the project whose colony_packages a folder is. */
export function projectWith(packages: string): Project {
  const folder = path.dirname(packages)
  return isThere(path.join(folder, MANIFEST_FILE)) ? projectIn(folder) : projectAt(folder)
}

/** Returns the folder whose settings apply in a folder, if it is in a project. */
export function settingsFolder(start: string): string | undefined {
  const project = findProject(start)
  return project && rootFolder(project)
}

/** Returns the folder with the lock and the settings of a project: that of its workspace if it is a member. */
export function rootFolder({ lockFile }: Pick<Project, 'lockFile'>): string {
  return path.dirname(lockFile)
}
