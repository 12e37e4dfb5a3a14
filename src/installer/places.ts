import type { Project } from './project.ts'
import { manifestOf } from './roots.ts'

/** A project, or the root of a workspace with its members: what one lock and one change are about. */
export interface Places {
  readonly project: Project
  /** sorted by path; none outside of a workspace */
  readonly members: readonly Project[]
}

/** Returns every folder with a colony.yaml and packages of its own; the root comes first. */
export function placesOf({ project, members }: Places): readonly Project[] {
  return [project, ...members]
}

/** Returns the key of a project among the roots of its lock. */
export function keyOf({ member }: Pick<Project, 'member'>): string {
  return member ?? '.'
}

/** Returns how a message names the manifest of a project. */
export function manifestName(project: Pick<Project, 'member'>): string {
  return manifestOf({ path: keyOf(project) })
}
