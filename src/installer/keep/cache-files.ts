import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import { namesIn, readIfThere } from '../../core/atomic-file.ts'
import { COMPILED_CODE } from '../../core/compile-cache.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { abandonedStagings } from '../../core/staging.ts'
import { sizeOf } from './entries.ts'
import { digestsIn } from './known-projects.ts'

/**
 * The kinds of files below `$CPM_HOME/cache`:
 *
 * - index: copies of indexes of registries
 * - envelope: they prove installed packages without a registry
 * - memory: which owners, indexes and registries this machine has seen; they show what was changed since
 * - code: compiled modules of cpm
 * - leftover: what killed processes left
 * - other: whatever else is there
 */
export const CACHE_KINDS = ['index', 'envelope', 'memory', 'code', 'leftover', 'other'] as const
export type CacheKind = (typeof CACHE_KINDS)[number]

export interface CacheFile {
  readonly file: string
  readonly kind: CacheKind
  readonly size: number
}

/** Lists the files of a cache, without the staging folders of running processes. */
export function filesOfCache(cache: string): CacheFile[] {
  const staging = path.join(cache, 'tmp')
  const leftovers = abandonedStagings(staging).map(({ folder }): CacheFile => ({
    file: folder,
    kind: 'leftover',
    size: sizeOf(folder),
  }))
  const others = namesIn(cache)
    .map((name) => path.join(cache, name))
    .filter((file) => file !== staging)
    .flatMap(filesIn)
    .map((file): CacheFile => ({ file, kind: kindOf(path.relative(cache, file)), size: sizeOf(file) }))
  return [...leftovers, ...others]
}

function filesIn(file: string): string[] {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() !== true) return [file]
  return namesIn(file).flatMap((name) => filesIn(path.join(file, name)))
}

function kindOf(relative: string): CacheKind {
  const [registry, folder] = relative.split(path.sep)
  if (registry === 'addresses.json' || folder === 'owners') return 'memory'
  if (registry === COMPILED_CODE) return 'code'
  if (folder === 'envelopes') return 'envelope'
  if (folder !== 'index') return 'other'
  return relative.endsWith('.json') ? 'memory' : 'index'
}

/** A running install keeps an envelope before its project names the tree. */
const YOUNG = 3_600_000

interface CleanOptions {
  now: Date
  /** the trees that known projects use; undefined if they are not all known */
  used: ReadonlySet<Tree> | undefined
}

/** Returns whether a file can be removed without losing anything that a registry would not send again. */
export function isReplaceable({ file, kind }: CacheFile, { now, used }: CleanOptions): boolean {
  if (kind !== 'envelope') return kind !== 'memory'
  const isYoung = now.getTime() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < YOUNG
  return !isYoung && used !== undefined && !treesOf(file).some((tree) => used.has(tree))
}

/** Returns every digest in an envelope; one of them is the tree. */
function treesOf(file: string): Tree[] {
  try {
    const { payload } = JSON.parse(readIfThere(file)?.toString('utf8') ?? '{}') as { payload?: unknown }
    return typeof payload === 'string' ? digestsIn(Buffer.from(payload, 'base64').toString('latin1')) : []
  } catch (error) {
    // A damaged envelope proves nothing.
    if (error instanceof SyntaxError || error instanceof CpmError) return []
    throw error
  }
}

export function removeCacheFile({ file }: CacheFile): void {
  try {
    fs.rmSync(file, { recursive: true, force: true })
  } catch (error) {
    throw fileError(error, 'remove', file)
  }
}
