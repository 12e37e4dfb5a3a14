import { bytes, count } from '../../core/amounts.ts'
import type { CacheSize } from '../../operations/store/cache.ts'

const NAMES: readonly (readonly [keyof CacheSize['kinds'], string])[] = [
  ['index', 'copies of indexes'],
  ['envelope', 'envelopes that prove packages'],
  ['memory', 'memory of owners, indexes and registries'],
  ['code', 'compiled code of cpm'],
  ['code', 'compiled code of cpm'],
  ['leftover', 'leftovers of killed processes'],
  ['other', 'other files'],
]

/** Renders the kinds of files that there are, one a line. */
export function kindLines({ kinds }: CacheSize): string[] {
  return NAMES.filter(([kind]) => kinds[kind].files > 0).map(
    ([kind, name]) => `${bytes(kinds[kind].size).padStart(9)}  ${name} (${count(kinds[kind].files, 'file')})`,
  )
}

export function total({ size, files }: Pick<CacheSize, 'size' | 'files'>): string {
  return `${bytes(size)}, ${count(files, 'file')}`
}
