import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { Tree } from '../../schema/digest.ts'
import type { CpmEvent, Emit } from '../../schema/events.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import { type Fingerprint, fingerprintIfReadable } from '../../package/fingerprint.ts'
import * as tasks from '../../package/tasks.ts'
import { safeJoin } from '../../core/safe-path.ts'
import type { OnDisk } from '../disk-tree.ts'
import type { Project } from '../project.ts'
import type { SiteEntry } from '../site-stores.ts'
import type { Store } from '../store.ts'

interface ProveStoreOptions {
  store: Store
  pool: Pool
  emit: Emit
  signal?: AbortSignal | undefined
}

/** Entries whose fingerprints are taken at a time. */
const ENTRIES_AT_A_TIME = 16

/**
 * Returns the trees whose store entries have the fingerprint with which they were proven, after the last reboot. Their
 * contents need not be read again.
 */
export async function unchangedEntries(
  trees: Iterable<Tree>,
  { store, pool, signal }: Pick<ProveStoreOptions, 'store' | 'pool' | 'signal'>,
): Promise<Set<Tree>> {
  const known = [...new Set(trees)].filter((tree) => store.fingerprintOf(tree) !== undefined)
  const batches = batchesOf(known, ENTRIES_AT_A_TIME).values()
  const unchanged = new Set<Tree>()
  const takeAll = async (take: (roots: readonly string[]) => Promise<(Fingerprint | null)[]>) => {
    for (const batch of batches) {
      const found = await take(batch.map((tree) => store.path(tree)))
      batch.forEach((tree, index) => {
        if (found[index] === store.fingerprintOf(tree)) unchanged.add(tree)
      })
    }
  }
  const inPool = () => takeAll((roots) => pool.run(tasks.fingerprints, { roots }, { signal }))
  // This thread takes its share while the pool's threads start, and all of it if there is little to do.
  const here = takeAll(async (roots) => {
    signal?.throwIfAborted()
    await turnOfTheLoop()
    return roots.map(fingerprintIfReadable)
  })
  const helpers = known.length > ENTRIES_HERE ? Array.from({ length: Math.max(1, pool.threads - 1) }, inPool) : []
  await Promise.all([here, ...helpers])
  return unchanged
}

/** As many entries are looked at before a thread could start. */
const ENTRIES_HERE = 32

function batchesOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, number) =>
    items.slice(number * size, (number + 1) * size),
  )
}

/**
 * Returns the trees of releases whose store entry differs from what was signed. In a site store, such an entry is
 * refused: the next site store that has it counts, otherwise it is missing.
 */
export async function findDamage(
  releases: readonly (readonly [PackageName, LockedRelease])[],
  { store, pool, emit, signal }: ProveStoreOptions,
): Promise<Set<Tree>> {
  const damaged = new Set<Tree>()
  const present = new Map(
    releases.filter(([, { tree }]) => store.has(tree)).map((release) => [release[1].tree, release]),
  )
  await mapConcurrently([...present.values()], pool.parallel, async ([name, { version, tree }]) => {
    while (store.has(tree)) {
      const site = store.siteEntry(tree)
      const proof = await proveEntry(tree, { store, pool, signal })
      if (proof.proven) {
        store.markProven(tree, proof.fingerprint)
        emit({ type: 'proved', name, version, files: proof.files })
        return
      }
      if (!site) {
        damaged.add(tree)
        return
      }
      store.refuse(site, tree)
      emit(siteDamaged(`${name}@${version}`, site))
    }
  })
  return damaged
}

function siteDamaged(label: string, { site, path }: SiteEntry): CpmEvent {
  return {
    type: 'warning',
    code: 'SITE_STORE_DAMAGED',
    message: `${label} in the site store ${site} does not match what was signed, so it is not used`,
    hint: `tell the people who keep that store: ${path}`,
  }
}

/**
 * Proves an entry of the store. An unreadable entry counts as damaged: its mode was changed, or another cpm is
 * replacing it.
 */
export async function proveEntry(
  tree: Tree,
  { store, pool, signal }: Omit<ProveStoreOptions, 'emit'>,
): Promise<{ proven: boolean; files: number; fingerprint?: Fingerprint | undefined }> {
  const input = { root: store.path(tree), tree, tableFile: store.tableFile(tree) }
  try {
    const { proof, fingerprint } = await pool.run(tasks.proveTree, input, { signal })
    return { proven: proof.proven, files: proof.files, fingerprint }
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
    const { proof } = await pool.run(tasks.proveTree, input, { signal })
    return proof.proven ? [] : [name]
  })
  return new Set(damaged.flat())
}
