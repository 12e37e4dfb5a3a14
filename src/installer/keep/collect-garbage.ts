import fs from 'node:fs'
import type { Tree } from '../../schema/digest.ts'
import type { Emit } from '../../schema/events.ts'
import { isThere } from '../../core/atomic-file.ts'
import { fileError } from '../../core/errors.ts'
import { LockFile } from '../../core/lock-file.ts'
import { abandonedStagings } from '../../core/staging.ts'
import type { Store } from '../store.ts'
import { contentsOf, labelOf, sizeOf, type StoreContents } from './entries.ts'
import { DAY, type KnownProject, KEPT_DAYS, lookAtProjects } from './known-projects.ts'
import { withGcLock } from './reserve.ts'

export interface GarbageOptions {
  store: Store
  /** the folder of the projects that cpm keeps for packages outside of projects */
  environments: string
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

interface Findings {
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
  if (!isThere(store.root)) return reportOf(options, { findings: NOTHING, removed: [], kept: 0, leftovers: [] })
  if (dryRun) return look(options)
  try {
    return await withGcLock(store, options, async (requireHeld) => Promise.resolve(look(options, requireHeld)))
  } finally {
    store.sweep()
  }
}

const NOTHING: Findings = { used: new Set(), lastUse: new Map(), projects: [], forgotten: [], isComplete: true }

/** @param requireHeld given if what is found is to be removed */
function look(options: GarbageOptions, requireHeld?: () => void): Garbage {
  const { store, signal } = options
  const findings = findUse(options)
  const contents = contentsOf(store)
  const unused = findings.isComplete ? unusedIn(contents, findings, options) : []
  const leftovers = leftoversIn(store, contents, findings)
  const removed = unused.map((tree) => ({
    tree,
    label: labelOf(store, tree),
    size: sizeOf(store.path(tree)) + sizeOfAll(contents.files.get(tree) ?? []),
    lastUse: lastUse(tree, findings, store).toISOString(),
  }))
  const report = reportOf(options, { findings, removed, kept: contents.entries.length - unused.length, leftovers })
  if (!requireHeld) return report
  for (const tree of unused) {
    signal.throwIfAborted()
    requireHeld()
    // The entry goes first: a file beside it without an entry is a leftover.
    store.setAside(tree)
    removeAll(contents.files.get(tree) ?? [])
  }
  removeAll(leftovers.filter(({ isStaging }) => !isStaging).map(({ file }) => file))
  forget(findings, store)
  return report
}

function findUse({ store, environments, running, forgetMissing, now }: GarbageOptions): Findings {
  const projects = lookAtProjects(store.notes.list(), environments)
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

function unusedIn({ entries }: StoreContents, findings: Findings, { store, now, olderThan, running }: GarbageOptions) {
  const since = running().since ?? now
  const before = Math.min(now.getTime() - olderThan * DAY, since.getTime())
  return entries.filter(
    (tree) =>
      !findings.used.has(tree) && lastUse(tree, findings, store).getTime() <= before && !isBeingRepaired(store, tree),
  )
}

function lastUse(tree: Tree, findings: Findings, store: Store): Date {
  const [recorded, noted] = [store.lastUse(tree), findings.lastUse.get(tree)]
  return noted && noted > recorded ? noted : recorded
}

function isBeingRepaired(store: Store, tree: Tree): boolean {
  const lock = new LockFile(store.path(tree), { onLost: () => undefined })
  return isThere(lock.path) && !lock.breakDead()
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
function leftoversIn(store: Store, { entries, files }: StoreContents, { used, isComplete }: Findings): Leftover[] {
  const there = new Set(entries)
  const orphans = [...files].flatMap(([tree, beside]) => (there.has(tree) || used.has(tree) ? [] : beside))
  const of = (isStaging: boolean) => (file: string) => ({ file, isStaging, size: sizeOf(file) })
  return [
    ...abandonedStagings(store.staging).map(({ folder }) => of(true)(folder)),
    ...(isComplete ? orphans : []).map(of(false)),
  ]
}

/** Removes the notes of missing projects. When they were used is then kept with the entries. */
function forget({ forgotten, lastUse }: Findings, store: Store): void {
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

function sizeOfAll(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + sizeOf(file), 0)
}

interface Found {
  findings: Findings
  removed: readonly RemovedEntry[]
  kept: number
  leftovers: readonly Leftover[]
}

function reportOf({ dryRun, emit }: GarbageOptions, { findings, removed, kept, leftovers }: Found): Garbage {
  const { projects, forgotten } = findings
  for (const project of projects) warnOf(project, emit)
  const left = leftovers.reduce((sum, { size }) => sum + size, 0)
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
