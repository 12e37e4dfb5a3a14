import fs from 'node:fs'
import path from 'node:path'
import { Tree } from '../../schema/digest.ts'
import { isThere, namesIn, readIfThere, statsIfThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { journalFile, stagingsIn } from '../../core/staging.ts'
import { foldersOfRoots } from '../global/global-home.ts'
import { readLockText } from '../lockfile.ts'
import { type Project, projectAt } from '../project.ts'
import { isMounted } from './mounts.ts'
import type { ProjectNote } from './project-notes.ts'

/** Days for which the trees of a project stay after it disappeared: it may have been moved, or come back. */
export const KEPT_DAYS = 30
export const DAY = 24 * 3_600_000

/**
 * - present: it is where it was, and all of it was read
 * - unclear: it is there, but something in it can't be read
 * - unmounted: the disk that it is on is not mounted
 * - missing: there is no project in its place; it was moved or removed
 * - unknown: its note can't be read, so nothing is known about it
 */
type Standing = 'present' | 'unclear' | 'unmounted' | 'missing' | 'unknown'

export interface KnownProject {
  /** its folder, or the file of a note that can't be read */
  readonly path: string
  readonly standing: Standing
  /** every tree that it may use */
  readonly trees: ReadonlySet<Tree>
  /** false if it may use others too */
  readonly isComplete: boolean
  /** what can't be read */
  readonly problem?: string
  /** the note in the store; an environment may have none */
  readonly note?: ProjectNote
}

/** Where the projects are that cpm keeps itself. */
export type OwnProjects = Pick<Home, 'environments' | 'packages'>

/**
 * Returns the known projects: those with a note in the store, and those that cpm keeps for packages outside of projects
 * and for global packages.
 * Reads more than projects use rather than less: every digest in the text of a lock counts, so that conflicts and newer
 * formats don't hide any, as do links in colony_packages, a change that was begun, and the note in the store.
 */
export function lookAtProjects(notes: readonly ProjectNote[], home: OwnProjects): KnownProject[] {
  const noted = notes.map(lookAtNote)
  return [...noted, ...lookAtOwn(home, new Set(noted.map(({ path }) => path)))]
}

function lookAtNote(note: ProjectNote): KnownProject {
  const { path: root, mount, trees } = note
  const unreadable = { trees: trees ?? new Set<Tree>(), isComplete: trees !== undefined, note }
  if (root === undefined)
    return { ...unreadable, path: note.file, standing: 'unknown', problem: 'it is damaged, or a newer cpm wrote it' }
  try {
    const project = projectAt(root)
    if (isProject(project)) return withNote(lookAtFolder(project), unreadable)
  } catch (error) {
    return { ...unreadable, path: root, standing: 'unclear', problem: messageOf(error) }
  }
  const isAway = mount !== undefined && !isMounted(mount)
  return { ...unreadable, path: root, standing: isAway ? 'unmounted' : 'missing' }
}

function withNote(found: KnownProject, { trees, isComplete, note }: Omit<KnownProject, 'path' | 'standing'>) {
  return {
    ...found,
    trees: new Set([...found.trees, ...trees]),
    isComplete: found.isComplete || isComplete,
    ...(note && { note }),
  }
}

function lookAtOwn({ environments, packages }: OwnProjects, noted: ReadonlySet<string>): KnownProject[] {
  return [...foldersOfEnvironments(environments), ...foldersOfRoots(packages)]
    .map(projectAt)
    .filter((project) => !noted.has(project.root) && isProject(project))
    .map(lookAtFolder)
}

function foldersOfEnvironments(environments: string): string[] {
  return namesIn(environments).flatMap((name) =>
    namesIn(path.join(environments, name)).map((version) => path.join(environments, name, version)),
  )
}

function isProject({ manifestFile, lockFile, packages }: Project): boolean {
  return [manifestFile, lockFile, packages].some((file) => statsIfThere(file) !== undefined)
}

function lookAtFolder(project: Project): KnownProject {
  const trees = new Set<Tree>()
  const problems = [readLockDigests, readLinks].flatMap((read) => {
    try {
      read(project, trees)
      return []
    } catch (error) {
      return [messageOf(error)]
    }
  })
  const path = project.root
  if (problems.length === 0) return { path, trees, standing: 'present', isComplete: true }
  return { path, trees, standing: 'unclear', isComplete: false, problem: problems.join('; ') }
}

function readLockDigests({ lockFile }: Project, trees: Set<Tree>): void {
  const bytes = readIfThere(lockFile)
  if (!bytes) return
  for (const tree of digestsIn(bytes.toString('latin1'))) trees.add(tree)
  readLockText(bytes)
}

const DIGEST = /blake3:[0-9a-f]{64}(?![0-9a-f])/g

/** Returns everything in a text that may be the digest of a tree. */
export function digestsIn(text: string): Tree[] {
  return text.match(DIGEST)?.map((digest) => Tree.parse(digest)) ?? []
}

const ENTRY = /^[0-9a-f]{64}$/

/** Reads where the links lead, by the names of their targets: the store may be mounted elsewhere. */
function readLinks({ packages, own }: Project, trees: Set<Tree>): void {
  const add = (file: string) => {
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
    const name = path.basename(fs.readlinkSync(file))
    if (ENTRY.test(name)) trees.add(Tree.parse(`blake3:${name}`))
  }
  for (const name of namesIn(packages)) {
    const file = path.join(packages, name)
    if (!name.startsWith('@')) add(file)
    else for (const inner of namesIn(file)) add(path.join(file, inner))
  }
  for (const { folder } of stagingsIn(own)) {
    const journal = journalFile(folder)
    if (isThere(journal)) for (const tree of digestsIn(readIfThere(journal)?.toString('latin1') ?? '')) trees.add(tree)
  }
}

function messageOf(error: unknown): string {
  if (error instanceof CpmError) return error.message.split('\n')[0] ?? ''
  if (error instanceof Error && 'syscall' in error) return error.message
  throw error
}
