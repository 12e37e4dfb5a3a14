import path from 'node:path'
import type { ProjectManifest } from '../../schema/manifest.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { keyOf } from '../places.ts'
import type { Project } from '../project.ts'
import { isLiteral, matchesPattern } from './folder-pattern.ts'

interface Named {
  readonly project: Project
  readonly manifest: Pick<ProjectManifest, 'name'>
}

/**
 * Selects members of a workspace by filters: a name or a pattern of names (`@acme/*`), or a folder (`./packages/*`),
 * relative to `cwd`, which stands for the members in it too. `!` in front leaves out what a filter matches.
 * @param roots the root of the workspace and its members
 * @throws CpmError MEMBER_NOT_FOUND for a filter that matches nothing
 */
export function selectMembers<T extends Named>(roots: readonly T[], filters: readonly string[], cwd: string): T[] {
  const chosen = filters.filter((filter) => !filter.startsWith('!')).map((filter) => matching(roots, filter, cwd))
  const left = filters
    .filter((filter) => filter.startsWith('!'))
    .map((filter) => matching(roots, filter.slice(1), cwd))
    .flat()
  const from = chosen.length === 0 ? roots : roots.filter((root) => chosen.some((some) => some.includes(root)))
  const selected = from.filter((root) => !left.includes(root))
  if (selected.length > 0) return selected
  throw new CpmError('MEMBER_NOT_FOUND', `--filter ${filters.join(' --filter ')} leaves no member`, {
    hint: 'leave out one of the filters',
  })
}

function matching<T extends Named>(roots: readonly T[], filter: string, cwd: string): T[] {
  const found = roots.filter((root) => (isFolder(filter) ? isAt(root, filter, cwd) : isNamed(root, filter)))
  if (found.length > 0) return found
  const names = roots.flatMap(({ manifest }) => manifest.name ?? [])
  const folders = roots.map(({ project }) => `./${path.relative(cwd, project.root).split(path.sep).join('/')}`)
  const meant = didYouMean(filter, isFolder(filter) ? folders : names)
  throw new CpmError('MEMBER_NOT_FOUND', `no member of the workspace matches --filter ${filter}${meant}`, {
    hint: isInFolder(roots, filter, cwd) ? `--filter ./${filter}` : `use one of: ${shortList(names)}`,
    details: { filter, names, paths: roots.map(({ project }) => keyOf(project)) },
  })
}

function isFolder(filter: string): boolean {
  return filter === '.' || filter === '..' || /^\.{1,2}\//.test(filter) || path.isAbsolute(filter)
}

function isNamed({ manifest: { name } }: Named, filter: string): boolean {
  return name !== undefined && matchesPattern(filter, name)
}

/** Whether a member is in a folder, or in one that a pattern matches. The root is only in its own folder. */
function isAt({ project }: Named, filter: string, cwd: string): boolean {
  const wanted = path.resolve(cwd, filter).split(path.sep)
  const segments = project.root.split(path.sep)
  if (isLiteral(filter)) return wanted.every((segment, at) => segments[at] === segment)
  const above = segments.map((_, at) => segments.slice(0, at + 1).join('/'))
  return above.some((folder) => matchesPattern(wanted.join('/'), folder))
}

function isInFolder(roots: readonly Named[], filter: string, cwd: string): boolean {
  return !isFolder(filter) && roots.some((root) => isAt(root, `./${filter}`, cwd))
}

const MOST_NAMES = 10

function shortList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? `, … and ${more} more` : ''}`
}
