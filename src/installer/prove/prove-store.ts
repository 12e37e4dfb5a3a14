import type { Tree } from '../../schema/digest.ts'
import type { Emit } from '../../schema/events.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import * as tasks from '../../package/tasks.ts'
import { safeJoin } from '../../core/safe-path.ts'
import type { OnDisk } from '../disk-tree.ts'
import type { Project } from '../project.ts'
import type { Store } from '../store.ts'

interface ProveStoreOptions {
  store: Store
  pool: Pool
  emit: Emit
  signal?: AbortSignal | undefined
}

/** Returns the trees of releases whose store entry differs from what was signed. */
export async function findDamage(
  releases: readonly (readonly [PackageName, LockedRelease])[],
  { store, pool, emit, signal }: ProveStoreOptions,
): Promise<Set<Tree>> {
  const damaged = new Set<Tree>()
  const present = new Map(
    releases.filter(([, { tree }]) => store.has(tree)).map((release) => [release[1].tree, release]),
  )
  await mapConcurrently([...present.values()], pool.parallel, async ([name, { version, tree }]) => {
    const proof = await proveEntry(tree, { store, pool, signal })
    if (proof.proven) {
      store.markProven(tree)
      emit({ type: 'proved', name, version, files: proof.files })
    } else damaged.add(tree)
  })
  return damaged
}

/**
 * Proves an entry of the store. An unreadable entry counts as damaged: its mode was changed, or another cpm is
 * replacing it.
 */
export async function proveEntry(
  tree: Tree,
  { store, pool, signal }: Omit<ProveStoreOptions, 'emit'>,
): Promise<{ proven: boolean; files: number }> {
  const input = { root: store.path(tree), tree, tableFile: store.tableFile(tree) }
  try {
    return await pool.run(tasks.proveTree, input, { signal })
  } catch (error) {
    if (error instanceof CpmError && error.code === 'FILE_UNREADABLE') return { proven: false, files: 0 }
    throw error
  }
}

/** Returns the names of copies in a project that differ from what was signed. */
export async function findDamagedCopies(
  releases: readonly (readonly [PackageName, LockedRelease])[],
  disk: ReadonlyMap<PackageName, OnDisk>,
  { project, store, pool, signal }: ProveStoreOptions & { project: Project },
): Promise<Set<PackageName>> {
  const copies = releases.filter(([name]) => disk.get(name)?.kind === 'folder')
  const damaged = await mapConcurrently(copies, pool.parallel, async ([name, { tree }]) => {
    const input = { root: safeJoin(project.packages, name), tree, tableFile: store.tableFile(tree) }
    const { proven } = await pool.run(tasks.proveTree, input, { signal })
    return proven ? [] : [name]
  })
  return new Set(damaged.flat())
}
