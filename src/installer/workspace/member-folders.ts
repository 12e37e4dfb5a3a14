import fs from 'node:fs'
import path from 'node:path'
import type { WorkspaceSection } from '../../schema/workspace.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { isSafeRelative } from '../../core/safe-path.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import { PACKAGES_FOLDER } from '../project.ts'
import { isLiteral, matchesPattern, matchesSegment } from './folder-pattern.ts'

/** Patterns never look into these folders, nor into folders whose names begin with a dot. */
const NEVER = new Set([PACKAGES_FOLDER, 'node_modules'])
const MOST_FILES = 200_000

/**
 * Returns the paths of a workspace's members, sorted: every folder with a colony.yaml that a pattern matches. Links are
 * not followed, so that all members are below the root.
 * @throws CpmError MANIFEST_INVALID for a pattern without wildcards that matches nothing, PROJECT_UNSAFE for a link
 */
export function memberFolders(root: string, section: WorkspaceSection): string[] {
  const search = new Search(root)
  for (const pattern of section.members) search.find(pattern)
  return [...search.found].filter((member) => !isExcluded(member, section)).sort()
}

/** Returns whether a path belongs to a workspace, without looking for its other members. */
export function isMemberPath(member: string, section: WorkspaceSection): boolean {
  const isIn = section.members.some((pattern) => matchesPattern(pattern, member) && isSearched(pattern, member))
  return isIn && isSafeRelative(member) && !isExcluded(member, section)
}

/** A pattern also excludes what is below the folders that it matches. */
function isExcluded(member: string, { exclude }: WorkspaceSection): boolean {
  const segments = member.split('/')
  const above = segments.map((_, at) => segments.slice(0, at + 1).join('/'))
  return above.some((folder) => exclude.some((pattern) => matchesPattern(pattern, folder)))
}

/** Returns whether a search for the pattern would look into all folders above a member. */
function isSearched(pattern: string, member: string): boolean {
  const written = new Set(pattern.split('/'))
  return member.split('/').every((name) => isOpen(name) || written.has(name))
}

function isOpen(name: string): boolean {
  return !name.startsWith('.') && !NEVER.has(name)
}

/** Finds the folders that patterns match. */
class Search {
  readonly found = new Set<string>()
  readonly #root: string
  /** where a pattern was continued: two `**` can lead to the same folder in many ways */
  readonly #visited = new Set<string>()
  #looked = 0

  constructor(root: string) {
    this.#root = root
  }

  find(pattern: string): void {
    this.#visited.clear()
    this.#below('', pattern.split('/'))
    if (isLiteral(pattern) && !this.found.has(pattern)) throw noMember(this.#root, pattern)
  }

  #below(prefix: string, [first, ...rest]: readonly string[]): void {
    const visit = `${rest.length} ${first ?? ''} ${prefix}`
    if (this.#visited.has(visit)) return
    this.#visited.add(visit)
    if (first === undefined) {
      if (prefix !== '' && isThere(path.join(this.#root, prefix, MANIFEST_FILE))) this.found.add(prefix)
    } else if (first === '**') {
      this.#below(prefix, rest)
      for (const inner of this.#foldersIn(prefix)) this.#below(inner, [first, ...rest])
    } else if (isLiteral(first)) {
      const inner = joined(prefix, first)
      if (this.#isFolder(inner)) this.#below(inner, rest)
    } else {
      for (const inner of this.#foldersIn(prefix))
        if (matchesSegment(first, path.posix.basename(inner))) this.#below(inner, rest)
    }
  }

  #isFolder(folder: string): boolean {
    const stats = fs.lstatSync(path.join(this.#root, folder), { throwIfNoEntry: false })
    if (stats?.isSymbolicLink() === true)
      throw new CpmError('PROJECT_UNSAFE', `workspace.members: ${folder} is a link, which could lead elsewhere`, {
        hint: 'name folders in the workspace, not links',
      })
    return stats?.isDirectory() ?? false
  }

  /** Returns the real folders in a folder: a link is not one. */
  #foldersIn(prefix: string): string[] {
    const entries = readFolder(path.join(this.#root, prefix))
    this.#looked += entries.length
    if (this.#looked > MOST_FILES)
      throw new CpmError('MANIFEST_INVALID', `workspace.members: there are more than ${MOST_FILES} files to look at`, {
        hint: 'write narrower patterns, such as packages/* instead of **',
      })
    return entries
      .filter((entry) => entry.isDirectory() && isOpen(entry.name) && isSafeRelative(entry.name))
      .map(({ name }) => joined(prefix, name))
  }
}

function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw fileError(error, 'read', folder)
  }
}

function joined(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`
}

function noMember(root: string, folder: string): CpmError {
  const parent = path.dirname(path.join(root, folder))
  const near = namesIn(parent).filter((name) => isThere(path.join(parent, name, MANIFEST_FILE)))
  const fact = isThere(path.join(root, folder)) ? `${folder} has no ${MANIFEST_FILE}` : `there is no folder ${folder}`
  return new CpmError('MANIFEST_INVALID', `workspace.members: ${fact}${didYouMean(path.basename(folder), near)}`, {
    hint: `create it with cpm init ${folder}, or remove it from workspace.members`,
  })
}
