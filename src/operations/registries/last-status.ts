import path from 'node:path'
import type { Standing } from '../../schema/documents.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { StagingArea } from '../../core/staging.ts'
import { parseIndex } from '../../registry/index-file.ts'
import { IndexMemory } from '../../registry/index-memory.ts'
import { standingOf } from '../../registry/standing.ts'

/**
 * What was said of a locked version when its index was last read; null where nothing of it was kept, as of registries in folders.
 * @param cache `$CPM_HOME/cache`
 */
export function lastStanding(cache: string, name: PackageName, { registry, version }: LockedRelease): Standing | null {
  const staging = new StagingArea(path.join(cache, 'tmp'))
  const kept = new IndexMemory(path.join(cache, registry), staging, { keepBytes: true }).recall(name)
  return kept ? standingOf(parseIndex(name, kept.bytes).statuses.get(version)) : null
}
