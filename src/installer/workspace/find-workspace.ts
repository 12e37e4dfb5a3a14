import fs from 'node:fs'
import path from 'node:path'
import type { WorkspaceSection } from '../../schema/workspace.ts'
import { isThere, readIfThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { checkProjectManifest, requireManifest } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Places } from '../places.ts'
import { type Project, projectAt } from '../project.ts'
import { isMemberPath, memberFolders } from './member-folders.ts'

/** Returns the workspace of a project, as its root or a member; undefined if the project is on its own. */
export function workspaceOf(project: Project): Places | undefined {
  const root = project.member === undefined ? project : projectAt(path.dirname(project.lockFile))
  const section = sectionOf(root.root)
  return (
    section && { project: root, members: memberFolders(root.root, section).map((member) => memberAt(root, member)) }
  )
}

/** Returns the workspace of a project, or the project alone. */
export function placesAround(project: Project): Places {
  return workspaceOf(project) ?? { project, members: [] }
}

/** Returns the project in a folder with a colony.yaml: on its own, or as a member of the workspace around it. */
export function projectIn(folder: string): Project {
  const around = workspaceAround(folder)
  if (!around) return projectAt(folder)
  const { root, member } = around
  if (sectionOf(folder)) throw nestedWorkspace(member, root.root)
  return memberAt(root, member)
}

interface Around {
  readonly root: Project
  /** the path of the folder in the workspace */
  readonly member: string
}

/** Returns the workspace that a folder is or would be a member of. @throws CpmError PROJECT_UNSAFE */
export function workspaceAround(folder: string): Around | undefined {
  const above = workspaceAbove(folder)
  if (above?.isMember !== true) return undefined
  refuseOthers(above.root.root, folder)
  return above
}

/** Returns the nearest workspace above a folder, and whether the folder is or would be a member. */
export function workspaceAbove(folder: string): (Around & { isMember: boolean }) | undefined {
  for (let above = path.dirname(folder); ; above = path.dirname(above)) {
    const section = isThere(path.join(above, MANIFEST_FILE)) ? sectionOf(above) : undefined
    if (section) {
      const member = path.relative(above, folder).split(path.sep).join('/')
      return { root: projectAt(above), member, isMember: isMemberPath(member, section) && isReached(above, member) }
    }
    if (path.dirname(above) === above) return undefined
  }
}

/** Describes a member as a project: it has its own packages, and the lock and the changes of the workspace. */
export function memberAt(root: Project, member: string): Project {
  const own = projectAt(path.join(root.root, member))
  return { ...own, lockFile: root.lockFile, changes: root.changes, member }
}

/** @throws CpmError MANIFEST_INVALID */
export function nestedWorkspace(member: string, root: string): CpmError {
  return new CpmError('MANIFEST_INVALID', `${member} is a member of the workspace ${root} and declares another one`, {
    hint: `remove workspace: from ${member}/${MANIFEST_FILE}, or exclude ${member} in ${MANIFEST_FILE}`,
  })
}

/** Returns the `workspace` section of a manifest. Most have none, so they are parsed only if they mention it. */
function sectionOf(folder: string): WorkspaceSection | undefined {
  const bytes = readIfThere(path.join(folder, MANIFEST_FILE))
  if (bytes?.includes('workspace') !== true) return undefined
  const { manifest } = checkProjectManifest(MANIFEST_FILE, bytes, { unknownKeys: 'tolerate' })
  if (manifest) return manifest.workspace
  // With unknown keys in it, the section may be incomplete: an error about them says more.
  return requireManifest(checkProjectManifest(MANIFEST_FILE, bytes, { unknownKeys: 'refuse' }), folder).manifest
    .workspace
}

/** Whether real folders lead to a member: a search for members does not follow links. */
function isReached(root: string, member: string): boolean {
  const segments = member.split('/')
  const folders = segments.map((_, at) => path.join(root, ...segments.slice(0, at + 1)))
  return folders.every((folder) => fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? true)
}

/**
 * Somebody else could put a colony.yaml into a shared folder above a project, such as /tmp, to take over its lock.
 * @throws CpmError PROJECT_UNSAFE
 */
function refuseOthers(root: string, folder: string): void {
  const ownerOf = (file: string) => fs.lstatSync(file, { throwIfNoEntry: false })?.uid
  const theirs = ownerOf(path.join(root, MANIFEST_FILE))
  const ours = ownerOf(path.join(folder, MANIFEST_FILE)) ?? process.getuid?.()
  if (theirs === ours || theirs === 0 || theirs === process.getuid?.()) return
  throw new CpmError('PROJECT_UNSAFE', `${path.join(root, MANIFEST_FILE)} belongs to another user than ${folder}`, {
    hint: `to join that workspace, take over its files; otherwise move ${folder} elsewhere`,
  })
}
