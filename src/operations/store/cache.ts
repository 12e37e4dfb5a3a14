import {
  CACHE_KINDS,
  type CacheFile,
  type CacheKind,
  filesOfCache,
  isReplaceable,
  removeCacheFile,
} from '../../installer/keep/cache-files.ts'
import { lookAtProjects } from '../../installer/keep/known-projects.ts'
import { Store } from '../../installer/store.ts'
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
 */
export async function cleanCache(session: Session, options: CleanCacheOptions = {}): Promise<CleanedCache> {
  const { all = false, dryRun = false } = options
  const home = session.home(await session.config())
  const projects = lookAtProjects(new Store(home.store).notes.list(), home)
  const used = projects.every(({ isComplete }) => isComplete)
    ? new Set(projects.flatMap(({ trees }) => [...trees]))
    : undefined
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
