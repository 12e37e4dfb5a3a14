import type { Lock } from '../../schema/lock.ts'
import { isThere } from '../../core/atomic-file.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { type Places, placesOf } from '../../installer/places.ts'
import { lockedRoots } from '../../installer/roots.ts'
import { readRoots, rootsOf } from '../../installer/workspace/read-roots.ts'

/**
 * Reads the lock of a project. A project that has no dependencies needs none.
 * @throws CpmError LOCK_OUTDATED if there is no lock although there are dependencies, LOCK_INVALID
 */
export function requireScopeLock(places: Places): Lock {
  const { lockFile } = places.project
  if (isThere(lockFile)) return requireLock(lockFile)
  const roots = readRoots(placesOf(places))
  const hasNone = roots.every(({ manifest }) => manifest.dependencies.length + manifest.devDependencies.length === 0)
  return hasNone
    ? { schemaVersion: 1, roots: lockedRoots(rootsOf(roots)), omitted: {}, packages: {} }
    : requireLock(lockFile)
}
