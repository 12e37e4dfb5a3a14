import type { Tree } from '../schema/digest.ts'
import type { Emit } from '../schema/events.ts'
import { withLock } from '../core/locks.ts'
import type { Pool } from '../core/pool.ts'
import type { Fingerprint } from '../package/fingerprint.ts'
import { proveEntry } from './prove/prove-store.ts'
import type { Store } from './store.ts'

interface RepairOptions {
  store: Store
  pool: Pool
  emit: Emit
  lockTimeout: number
  signal?: AbortSignal | undefined
}

/** A replacement for a damaged entry of the store. */
interface Repair {
  /** `name@version`, for messages */
  label: string
  /** an unpacked and proven folder */
  temporary: string
  tree: Tree
  table: string
  fingerprint: Fingerprint
}

/**
 * Replaces a damaged entry with an unpacked folder. If several processes find the same damage, the first one replaces
 * the entry. The others find it intact once they hold the process lock, and leave it alone.
 */
export async function repairEntry(
  { label, temporary, tree, ...unpacked }: Repair,
  { store, pool, emit, lockTimeout, signal }: RepairOptions,
): Promise<void> {
  const lock = { subject: `${label} in the store`, timeout: lockTimeout, emit }
  await withLock(store.lockOf(tree), lock, async (requireHeld) => {
    if (store.has(tree) && (await proveEntry(tree, { store, pool, signal })).proven) return
    requireHeld()
    store.setAside(tree)
    store.commit(temporary, tree, unpacked)
  })
}
