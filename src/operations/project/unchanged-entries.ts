import { createPool } from '../../core/pool.ts'
import { unchangedEntries } from '../../installer/prove/prove-store.ts'
import { Store } from '../../installer/store.ts'
import type { Looked } from '../../installer/undisturbed.ts'

/** Returns whether every entry that a project uses has the fingerprint with which it was proven. */
export async function areUnchanged({ store, sites, trees }: Looked): Promise<boolean> {
  const pool = createPool()
  try {
    return (await unchangedEntries(trees, { store: new Store(store, sites), pool })).size === trees.length
  } finally {
    await pool.close()
  }
}
