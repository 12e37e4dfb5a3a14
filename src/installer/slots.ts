import fs from 'node:fs'
import path from 'node:path'
import type { PackageName } from '../schema/name.ts'
import { isThere, makeFolders } from '../core/atomic-file.ts'
import { requireRealFolder, safeJoin } from '../core/safe-path.ts'
import { stateFile } from './disk-tree.ts'
import { proofsFile } from './prove/carried-proofs.ts'
import type { Project } from './project.ts'

/** The place of a package in colony_packages, its scope's folder made. */
export function slotOf(project: Project, name: PackageName): string {
  const slot = safeJoin(project.packages, name)
  requireRealFolder(path.dirname(slot))
  makeFolders(path.dirname(slot))
  return slot
}

export const PROJECT_FILES = ['colony.yaml', 'colony.lock', 'state', 'proofs'] as const
export type ProjectFile = (typeof PROJECT_FILES)[number]

/** A file of the project that a change replaces. */
export function fileOf(project: Project, file: ProjectFile): string {
  if (file === 'state') return stateFile(project)
  return file === 'proofs' ? proofsFile(project) : path.join(project.root, file)
}

export function putLink(staging: string, name: PackageName, { slot, target }: { slot: string; target: string }): void {
  const temporary = path.join(staging, 'link')
  fs.rmSync(temporary, { force: true })
  fs.symlinkSync(target, temporary, process.platform === 'win32' ? 'junction' : 'dir')
  // A real folder may be there, from copy mode or from a hand: it makes way.
  if (fs.lstatSync(slot, { throwIfNoEntry: false })?.isDirectory() === true) setAside(staging, slot, name)
  fs.renameSync(temporary, slot)
}

/** Moves what is in a slot into the staging folder, whence it can be brought back. A link moves itself, not what it leads to. */
export function setAside(staging: string, slot: string, name: PackageName): void {
  if (!isThere(slot)) return
  const aside = asideOf(staging, name)
  fs.rmSync(aside, { recursive: true, force: true })
  fs.renameSync(slot, aside)
}

export function asideOf(staging: string, name: PackageName): string {
  return path.join(staging, `old-${name.replace('/', '+')}`)
}
