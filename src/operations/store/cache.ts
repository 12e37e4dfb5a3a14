import {
  CACHE_KINDS,
  type CacheFile,
  type CacheKind,
  filesOfCache,
  isReplaceable,
  removeCacheFile,
} from '../../installer/keep/cache-files.ts'
import { isThere } from '../../core/atomic-file.ts'
import { isNotWritable } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { lookAtProjects } from '../../installer/keep/known-projects.ts'
import { withGcLock } from '../../installer/keep/reserve.ts'
import { Store } from '../../installer/store.ts'
import type { Tree } from '../../schema/digest.ts'
import type { Session } from '../session.ts'

interface Amount {
  readonly files: number
  readonly size: number
}

/** Files of a cache, counted, in total and by kind. */
export interface CacheSize extends Amount {
  readonly kinds: Readonly<Record<CacheKind, Amount>>
}

/** Returns the folder of the cache. */
export async function cacheFolder(session: Session): Promise<{ path: string }> {
  return { path: session.home(await session.config()).cache }
}

/** Returns the size of the cache. */
export async function cacheSize(session: Session): Promise<CacheSize & { path: string }> {
  const { path } = await cacheFolder(session)
  return { path, ...amountOf(filesOfCache(path)) }
}

export interface CleanCacheOptions {
  /** also remove what a registry would not send again, and what proves installed packages */
  all?: boolean
  /** show what would be removed, and remove nothing */
  dryRun?: boolean
}

export interface CleanedCache {
  readonly dryRun: boolean
  readonly all: boolean
  readonly removed: CacheSize
  readonly kept: CacheSize
}

/**
 * Removes what registries would send again: copies of indexes, and envelopes that no known project needs. Keeps what
 * this machine remembers of owners and indexes, because it shows changes.
 * @throws CpmError LOCK_TIMEOUT
 */
export async function cleanCache(session: Session, options: CleanCacheOptions = {}): Promise<CleanedCache> {
  const { all = false, dryRun = false } = options
  const config = await session.config()
  const home = session.home(config)
  const store = new Store(home.store)
  const clean = () => removeFiles(session, home, { all, dryRun, used: all ? undefined : usedTrees(store, home) })
  if (all || dryRun || !isThere(store.root)) return clean()
  try {
    // Commands that start to use packages wait until it has ended, and then look for what proves them.
    const options = { lockTimeout: session.lockTimeout(config, undefined), emit: session.emit }
    return await withGcLock(store, options, () => Promise.resolve(clean()))
  } catch (error) {
    if (!isNotWritable(error)) throw error
    return clean()
  }
}

/** Returns the trees that known projects use; undefined if they are not all known. */
function usedTrees(store: Store, home: Home): ReadonlySet<Tree> | undefined {
  const projects = lookAtProjects(store.notes.list(), home)
  const isComplete = projects.every((project) => project.isComplete)
  return isComplete ? new Set(projects.flatMap(({ trees }) => [...trees])) : undefined
}

interface Removal {
  readonly all: boolean
  readonly dryRun: boolean
  readonly used: ReadonlySet<Tree> | undefined
}

function removeFiles(session: Session, home: Home, { all, dryRun, used }: Removal): CleanedCache {
  const removed: CacheFile[] = []
  const kept: CacheFile[] = []
  for (const file of filesOfCache(home.cache)) {
    session.signal.throwIfAborted()
    const goes = all || isReplaceable(file, { now: session.now(), used })
    if (goes && !dryRun) removeCacheFile(file)
    ;(goes ? removed : kept).push(file)
  }
  return { dryRun, all, removed: amountOf(removed), kept: amountOf(kept) }
}

function amountOf(files: readonly CacheFile[]): CacheSize {
  const sum = (some: readonly CacheFile[]) => ({
    files: some.length,
    size: some.reduce((total, { size }) => total + size, 0),
  })
  const kinds = Object.fromEntries(CACHE_KINDS.map((kind) => [kind, sum(files.filter((file) => file.kind === kind))]))
  return { ...sum(files), kinds: kinds as CacheSize['kinds'] }
}
