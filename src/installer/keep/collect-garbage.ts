import fs from 'node:fs'
import type { Tree } from '../../schema/digest.ts'
import type { Emit } from '../../schema/events.ts'
import { isThere } from '../../core/atomic-file.ts'
import { fileError } from '../../core/errors.ts'
import { abandonedStagings } from '../../core/staging.ts'
import type { Store } from '../store.ts'
import { contentsOf, isBeingRepaired, labelOf, sizeOf, type StoreContents } from './entries.ts'
import { DAY, type KnownProject, KEPT_DAYS, lookAtProjects, type OwnProjects } from './known-projects.ts'
import { withGcLock } from './reserve.ts'

export interface GarbageOptions {
  store: Store
  /** the projects that cpm keeps itself */
  home: OwnProjects
  now: Date
  lockTimeout: number
  emit: Emit
  signal: AbortSignal
  /** show what would be removed, and remove nothing */
  dryRun: boolean
  /** keep what was written or used in this many last days */
  olderThan: number
  /** don't keep what only projects use that are missing */
  forgetMissing: boolean
  /** returns the trees that programs use which run now, and since when: what was used later stays too */
  running: () => { trees: readonly Tree[]; since: Date | undefined }
}

export interface RemovedEntry {
  readonly tree: Tree
  /** `name@version`, or a part of the digest */
  readonly label: string
  readonly size: number
  readonly lastUse: string
}

export interface Garbage {
  readonly dryRun: boolean
  readonly removed: readonly RemovedEntry[]
  /** entries that stay */
  readonly kept: number
  /** what killed processes left: staging folders, and files beside entries that don't exist */
  readonly leftovers: { readonly count: number; readonly size: number }
  /** bytes that are free now, leftovers included */
  readonly size: number
  readonly projects: readonly Pick<KnownProject, 'path' | 'standing' | 'problem'>[]
  /** missing projects that no longer count */
  readonly forgotten: readonly string[]
}

interface Use {
  readonly used: ReadonlySet<Tree>
  /** when the trees of forgotten projects were used */
  readonly lastUse: ReadonlyMap<Tree, Date>
  readonly projects: readonly KnownProject[]
  readonly forgotten: readonly KnownProject[]
  /** whether everything that is used is known */
  readonly isComplete: boolean
}

/**
 * Removes the entries that no known project uses. They are first moved to a staging folder, each by one rename, while
 * no other command starts to use any (see `reserveTrees`); removing them takes longer and needs no lock. If this process
 * is killed, the store is whole at every moment, and the next command removes the staging folder.
 */
export async function collectGarbage(options: GarbageOptions): Promise<Garbage> {
  const { store, dryRun } = options
  if (!isThere(store.root)) return reportOf(options, NOTHING)
  if (dryRun) return reportOf(options, find(options))
  try {
    const found = await withGcLock(store, options, async (requireHeld) => {
      const unused = find(options)
      return Promise.resolve({ ...unused, garbage: moveAway(unused, options, requireHeld) })
    })
    return reportOf(options, found)
  } finally {
    store.sweep()
  }
}

interface GarbageEntry {
  readonly tree: Tree
  /** where it is now */
  readonly folder: string
  readonly sizeOfFiles: number
  readonly lastUse: Date
}

interface Found {
  readonly use: Use
  readonly files: StoreContents['files']
  readonly garbage: readonly GarbageEntry[]
  readonly kept: number
  readonly leftovers: readonly Leftover[]
}

const NOTHING: Found = {
  use: { used: new Set(), lastUse: new Map(), projects: [], forgotten: [], isComplete: true },
  files: new Map(),
  garbage: [],
  kept: 0,
  leftovers: [],
}

function find(options: GarbageOptions): Found {
  const { store } = options
  const use = findUse(options)
  const contents = contentsOf(store)
  const unused = use.isComplete ? unusedIn(contents, use, options) : []
  const garbage = unused.map((tree) => ({
    tree,
    folder: store.path(tree),
    sizeOfFiles: (contents.files.get(tree) ?? []).reduce((sum, file) => sum + sizeOf(file), 0),
    lastUse: lastUse(tree, use, store),
  }))
  const leftovers = leftoversIn(store, contents, use)
  return { use, files: contents.files, garbage, kept: contents.entries.length - garbage.length, leftovers }
}

/** Moves unused entries away, for `sweep` to remove, and removes the other findings. */
function moveAway(
  { use, files, garbage, leftovers }: Found,
  { store, signal }: GarbageOptions,
  requireHeld: () => void,
): GarbageEntry[] {
  const moved = garbage.map((entry) => {
    signal.throwIfAborted()
    requireHeld()
    // The entry goes first: a file beside it without an entry is a leftover.
    const folder = store.setAside(entry.tree)
    removeAll(files.get(entry.tree) ?? [])
    return { ...entry, folder }
  })
  removeAll(leftovers.filter(({ isStaging }) => !isStaging).map(({ file }) => file))
  forget(use, store)
  store.forgetRecords(new Set(contentsOf(store).entries))
  return moved
}

function findUse({ store, home, running, forgetMissing, now }: GarbageOptions): Use {
  const projects = lookAtProjects(store.notes.list(), home)
  const isForgotten = ({ standing, note }: KnownProject) =>
    standing === 'missing' && (forgetMissing || (note && now.getTime() - note.usedAt.getTime() > KEPT_DAYS * DAY))
  const forgotten = projects.filter(isForgotten)
  const staying = projects.filter((project) => !isForgotten(project))
  const lastUse = new Map<Tree, Date>()
  for (const { trees, note } of forgotten)
    for (const tree of trees) if (note && note.usedAt > (lastUse.get(tree) ?? 0)) lastUse.set(tree, note.usedAt)
  return {
    used: new Set([...staying.flatMap(({ trees }) => [...trees]), ...running().trees]),
    lastUse,
    projects: staying,
    forgotten,
    isComplete: staying.every(({ isComplete }) => isComplete),
  }
}

function unusedIn({ entries }: StoreContents, use: Use, { store, now, olderThan, running, dryRun }: GarbageOptions) {
  const since = running().since ?? now
  const before = Math.min(now.getTime() - olderThan * DAY, since.getTime())
  return entries.filter(
    (tree) =>
      !use.used.has(tree) &&
      lastUse(tree, use, store).getTime() <= before &&
      !isBeingRepaired(store, tree, { mayBreak: !dryRun }),
  )
}

function lastUse(tree: Tree, use: Use, store: Store): Date {
  const [recorded, noted] = [store.lastUse(tree), use.lastUse.get(tree)]
  return noted && noted > recorded ? noted : recorded
}

interface Leftover {
  readonly file: string
  readonly isStaging: boolean
  readonly size: number
}

/**
 * Files beside entries that don't exist are what a killed process left: one that is about to commit an entry has noted
 * its tree, so that it counts as used.
 */
function leftoversIn(store: Store, { entries, files }: StoreContents, { used, isComplete }: Use): Leftover[] {
  const there = new Set(entries)
  const orphans = [...files].flatMap(([tree, beside]) => (there.has(tree) || used.has(tree) ? [] : beside))
  const of = (isStaging: boolean) => (file: string) => ({ file, isStaging, size: sizeOf(file) })
  return [
    ...abandonedStagings(store.staging).map(({ folder }) => of(true)(folder)),
    ...(isComplete ? orphans : []).map(of(false)),
  ]
}

/** Removes the notes of missing projects. When they were used is then kept with the entries. */
function forget({ forgotten, lastUse }: Use, store: Store): void {
  for (const [tree, at] of lastUse) store.noteUse(tree, at)
  for (const { note } of forgotten) if (note) store.notes.forget(note)
}

function removeAll(files: readonly string[]): void {
  for (const file of files) {
    try {
      fs.rmSync(file, { recursive: true, force: true })
    } catch (error) {
      throw fileError(error, 'remove', file)
    }
  }
}

function reportOf({ dryRun, emit }: GarbageOptions, { use, garbage, kept, leftovers }: Found): Garbage {
  const { projects, forgotten } = use
  for (const project of projects) warnOf(project, emit)
  const left = leftovers.reduce((sum, { size }) => sum + size, 0)
  const removed = garbage.map(({ tree, folder, sizeOfFiles, lastUse: at }) => ({
    tree,
    label: labelOf(folder, tree),
    size: sizeOf(folder) + sizeOfFiles,
    lastUse: at.toISOString(),
  }))
  return {
    dryRun,
    removed,
    kept,
    leftovers: { count: leftovers.length, size: left },
    size: removed.reduce((sum, { size }) => sum + size, left),
    projects: projects.map(({ path, standing, problem }) => ({
      path,
      standing,
      ...(problem !== undefined && { problem }),
    })),
    forgotten: forgotten.map(({ path }) => path),
  }
}

const FACTS: Partial<Record<KnownProject['standing'], string>> = {
  unmounted: 'its disk is not mounted',
  missing: `it was moved or removed; what it used stays for ${KEPT_DAYS} days after its last use`,
}
const HINTS: Partial<Record<KnownProject['standing'], string>> = {
  missing: 'if you moved it, run cpm install in it; if you removed it: cpm gc --forget-missing',
  unknown: 'run cpm install in the project that it belongs to, or remove it',
}

function warnOf({ path, standing, problem, isComplete }: KnownProject, emit: Emit): void {
  if (standing === 'present') return
  const what = isComplete ? 'everything that it last used stays' : 'so nothing is removed'
  const fact = problem ?? FACTS[standing] ?? ''
  const message = standing === 'missing' && isComplete ? `${path}: ${fact}` : `${path}: ${fact}; ${what}`
  const hint = HINTS[standing]
  emit({ type: 'warning', code: 'GC_KEPT', message, ...(hint !== undefined && { hint }) })
}
