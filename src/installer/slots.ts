import fs from 'node:fs'
import path from 'node:path'
import { digestHex } from '../schema/digest.ts'
import type { PackageName } from '../schema/name.ts'
import { isThere, makeFolders } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { CpmError } from '../core/errors.ts'
import { requireRealFolder, safeJoin } from '../core/safe-path.ts'
import { stateFile } from './disk-tree.ts'
import { proofsFile } from './prove/carried-proofs.ts'
import { type Project, requireSafeProject } from './project.ts'
import { memberAt } from './workspace/find-workspace.ts'

/** Returns the path of a package in colony_packages, and creates the folder of its scope. */
export function slotOf(project: Project, name: PackageName): string {
  const slot = safeJoin(project.packages, name)
  requireRealFolder(path.dirname(slot))
  makeFolders(path.dirname(slot))
  return slot
}

/**
 * Returns the member of a workspace that a step is for, or the project itself. A journal may come from an untrusted
 * repository, so only a real folder with a colony.yaml counts as a member.
 * @throws CpmError PROJECT_UNSAFE
 */
export function placeIn(project: Project, member: string | undefined): Project {
  if (member === undefined) return project
  const segments = member.split('/')
  for (const at of segments.keys()) requireRealFolder(safeJoin(project.root, ...segments.slice(0, at + 1)))
  const place = memberAt(project, member)
  requireSafeProject(place)
  if (isThere(place.manifestFile)) return place
  throw new CpmError('PROJECT_UNSAFE', `${place.root} is not a member of the workspace: it has no colony.yaml`, {
    hint: `if ${project.root} was copied from elsewhere, remove ${project.changes}`,
  })
}

export const PROJECT_FILES = ['colony.yaml', 'colony.lock', 'state', 'proofs'] as const
export type ProjectFile = (typeof PROJECT_FILES)[number]

/** Returns the path of a project file that a change replaces. */
export function fileOf(project: Project, file: ProjectFile): string {
  if (file === 'state') return stateFile(project)
  return file === 'proofs' ? proofsFile(project) : path.join(project.root, file)
}

/** @param aside the name under which what is in the slot is moved aside */
export function putLink(staging: string, aside: string, { slot, target }: { slot: string; target: string }): void {
  const temporary = path.join(staging, 'link')
  // A killed cpm may have left one.
  if (isThere(temporary)) fs.rmSync(temporary, { force: true })
  fs.symlinkSync(target, temporary, process.platform === 'win32' ? 'junction' : 'dir')
  // Move a real folder aside, whether copy mode or the user created it.
  if (fs.lstatSync(slot, { throwIfNoEntry: false })?.isDirectory() === true) setAside(staging, slot, aside)
  fs.renameSync(temporary, slot)
}

/**
 * Moves a slot's contents to the staging folder, from which they can be restored. For a link, moves the link itself.
 */
export function setAside(staging: string, slot: string, aside: string): void {
  if (!isThere(slot)) return
  const target = path.join(staging, aside)
  fs.rmSync(target, { recursive: true, force: true })
  fs.renameSync(slot, target)
}

/** Returns the name in the staging folder for what was in a package's slot: several members may have the package. */
export function asideName({ member }: Project, name: PackageName): string {
  const place = member === undefined ? '' : `${digestHex(blake3(member)).slice(0, 16)}-`
  return `old-${place}${name.replace('/', '+')}`
}
