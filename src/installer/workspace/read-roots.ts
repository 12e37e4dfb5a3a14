import path from 'node:path'
import type { ProjectManifest } from '../../schema/manifest.ts'
import { CpmError } from '../../core/errors.ts'
import { keyOf, manifestName, placesOf } from '../places.ts'
import type { Project } from '../project.ts'
import { type ReadProject, readProjectManifest } from '../project-manifest.ts'
import type { Roots } from '../roots.ts'
import { nestedWorkspace, placesAround } from './find-workspace.ts'

/** A project or member, with its manifest. */
export interface ReadRoot extends ReadProject {
  readonly project: Project
}

/** Reads the manifests of a project, or of a workspace and all its members. @throws CpmError MANIFEST_INVALID */
export function readRoots(places: readonly Project[]): ReadRoot[] {
  const read = places.map((project) => ({ project, ...readProjectManifest(project) }))
  if (read.length > 1) requireWorkspace(read)
  return read
}

export function rootsOf(read: readonly { project: Project; manifest: ProjectManifest }[]): Roots {
  return read.map(({ project, manifest }) => ({ path: keyOf(project), manifest }))
}

/** The manifest of a project, with those of all roots that are resolved together with it. */
export interface ProjectRoots extends ReadProject {
  /** the key of the project among the roots */
  readonly path: string
  readonly roots: Roots
}

/** Reads the manifest of a project, and those of its workspace. @throws CpmError MANIFEST_INVALID */
export function readProjectRoots(project: Project): ProjectRoots {
  const read = readRoots(placesOf(placesAround(project)))
  const own = read.find((each) => keyOf(each.project) === keyOf(project))
  const { text, manifest } = own ?? readProjectManifest(project)
  return { text, manifest, path: keyOf(project), roots: rootsOf(read) }
}

/** Checks that the members go together. @throws CpmError MANIFEST_INVALID */
export function requireWorkspace(read: readonly { project: Project; manifest: ProjectManifest }[]): void {
  const seen = new Map<string, Project>()
  for (const { project, manifest } of read) {
    const { member } = project
    if (member !== undefined) requireMember(member, manifest, project)
    if (manifest.name === undefined) continue
    const other = seen.get(manifest.name)
    if (other) {
      const both = `${manifestName(other)} and ${manifestName(project)}`
      throw new CpmError('MANIFEST_INVALID', `${both} have the same name, ${manifest.name}`, {
        hint: 'give one of them another name, or add its folder to exclude: in workspace:',
      })
    }
    seen.set(manifest.name, project)
  }
}

function requireMember(member: string, { name, workspace, overrides }: ProjectManifest, project: Project): void {
  if (workspace) throw nestedWorkspace(member, path.dirname(project.lockFile))
  if (name === undefined) {
    const example = path.posix.basename(member).toLowerCase().replace(/[^a-z0-9-]+/g, '-') // prettier-ignore
    throw new CpmError(
      'MANIFEST_INVALID',
      `${manifestName(project)} has no name, which a member of a workspace needs`,
      {
        hint: `add a line such as  name: ${example}`,
      },
    )
  }
  if (overrides.length > 0)
    throw new CpmError('MANIFEST_INVALID', `${manifestName(project)} has overrides, which only the root may have`, {
      hint: 'move them to the colony.yaml of the workspace: they apply to all members',
    })
}
