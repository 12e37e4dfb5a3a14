import fs from 'node:fs'
import path from 'node:path'
import type { PackageName } from '../schema/name.ts'
import { isThere, makeFolders } from '../core/atomic-file.ts'
import { requireRealFolder, safeJoin } from '../core/safe-path.ts'
import { stateFile } from './disk-tree.ts'
import { proofsFile } from './prove/carried-proofs.ts'
import type { Project } from './project.ts'

/** Returns the path of a package in colony_packages, and creates the folder of its scope. */
export function slotOf(project: Project, name: PackageName): string {
  const slot = safeJoin(project.packages, name)
  requireRealFolder(path.dirname(slot))
  makeFolders(path.dirname(slot))
  return slot
}

export const PROJECT_FILES = ['colony.yaml', 'colony.lock', 'state', 'proofs'] as const
export type ProjectFile = (typeof PROJECT_FILES)[number]

/** Returns the path of a project file that a change replaces. */
export function fileOf(project: Project, file: ProjectFile): string {
  if (file === 'state') return stateFile(project)
  return file === 'proofs' ? proofsFile(project) : path.join(project.root, file)
}

export function putLink(staging: string, name: PackageName, { slot, target }: { slot: string; target: string }): void {
  const temporary = path.join(staging, 'link')
  // A killed cpm may have left one.
  if (isThere(temporary)) fs.rmSync(temporary, { force: true })
  fs.symlinkSync(target, temporary, process.platform === 'win32' ? 'junction' : 'dir')
  // Move a real folder aside, whether copy mode or the user created it.
  if (fs.lstatSync(slot, { throwIfNoEntry: false })?.isDirectory() === true) setAside(staging, slot, name)
  fs.renameSync(temporary, slot)
}

/**
 * Moves a slot's contents to the staging folder, from which they can be restored. For a link, moves the link itself.
 */
export function setAside(staging: string, slot: string, name: PackageName): void {
  if (!isThere(slot)) return
  const aside = asideOf(staging, name)
  fs.rmSync(aside, { recursive: true, force: true })
  fs.renameSync(slot, aside)
}

export function asideOf(staging: string, name: PackageName): string {
  return path.join(staging, `old-${name.replace('/', '+')}`)
}
