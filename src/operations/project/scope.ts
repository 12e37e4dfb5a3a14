import path from 'node:path'
import { CpmError } from '../../core/errors.ts'
import { shellPath } from '../../core/shell-word.ts'
import { wideFolder } from '../../core/wide-folder.ts'
import { requireProject } from '../../installer/find-project.ts'
import { keyOf, type Places, placesOf } from '../../installer/places.ts'
import type { Project } from '../../installer/project.ts'
import { placesAround } from '../../installer/workspace/find-workspace.ts'
import { readRoots } from '../../installer/workspace/read-roots.ts'
import { selectMembers } from '../../installer/workspace/select-members.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Session } from '../session.ts'

export interface FilterFlags {
  /** members of the workspace: names, patterns of names, or folders such as `./packages/*`; `!` leaves some out */
  filter?: readonly string[] | undefined
}

/** What a command is about: a project, or a workspace and the members that the command is meant for. */
export interface Scope extends Places {
  /** the project or member in the session's folder */
  readonly here: Project
  /** what `--filter` selects; undefined without it */
  readonly filtered: readonly Project[] | undefined
}

/**
 * Finds the project in the session's folder, with its workspace if it has one.
 * @param globally the command that does the same without a project
 * @throws CpmError PROJECT_NOT_FOUND, MEMBER_NOT_FOUND; USAGE for a filter outside of a workspace
 */
export function requireScope({ cwd }: Pick<Session, 'cwd'>, { filter = [] }: FilterFlags, globally?: string): Scope {
  const here = requireProject(cwd, globally)
  const places = placesAround(here)
  if (filter.length === 0) return { ...places, here, filtered: undefined }
  if (places.members.length === 0)
    throw new CpmError('USAGE', '--filter selects members of a workspace, and this project is in none', {
      hint: 'declare one in colony.yaml: workspace: { members: [packages/*] }',
    })
  const selected = selectMembers(readRoots(placesOf(places)), filter, cwd)
  return { ...places, here, filtered: selected.map(({ project }) => project) }
}

/**
 * The same, for a command that changes the project.
 * @throws CpmError PROJECT_UNSAFE if the session is in a folder below a project in the user's home folder or in `/`
 */
export function requireOwnScope(
  { cwd, env }: Pick<Session, 'cwd' | 'env'>,
  flags: FilterFlags,
  globally?: string,
): Scope {
  const scope = requireScope({ cwd }, flags, globally)
  const { root } = scope.here
  const wide = root === path.resolve(cwd) ? undefined : wideFolder(root, env)
  if (wide === undefined) return scope
  throw new CpmError(
    'PROJECT_UNSAFE',
    `the nearest ${MANIFEST_FILE} is in ${wide}, ${root}: it is changed only there`,
    {
      hint: `to start a project here: cpm init --bare; to change that one: cd ${shellPath(root)}`,
    },
  )
}

/** Returns the member in the session's folder or those that `--filter` selects; all of them in the root. */
export function selectedIn({ here, filtered, ...places }: Scope): readonly Project[] {
  return filtered ?? (keyOf(here) === '.' ? placesOf(places) : [here])
}
