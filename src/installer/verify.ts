import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import type { Emit } from '../schema/events.ts'
import { isRelease, type Lock } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import { mapConcurrently } from '../core/concurrency.ts'
import { statsIfThere } from '../core/atomic-file.ts'
import type { Pool } from '../core/pool.ts'
import { safeJoin } from '../core/safe-path.ts'
import * as tasks from '../package/tasks.ts'
import type { Finding } from './finding.ts'
import { NOTHING_PROVEN, proveLock, type ProveLockOptions } from './prove/prove-lock.ts'
import { contradictions, saidByLock } from './prove/prove-manifests.ts'
import { type OnDisk, readDiskTree, strangersIn } from './disk-tree.ts'
import { entriesOf, releasesOf } from './lock-entries.ts'
import type { Project } from './project.ts'
import type { Store } from './store.ts'

export interface VerifyReport {
  readonly packages: number
  readonly files: number
  /** folder packages, which have no signed contents */
  readonly unproven: readonly PackageName[]
  /** packages proven only by the proofs that came with a copy */
  readonly carried: readonly PackageName[]
  readonly findings: readonly Finding[]
}

interface VerifyOptions extends ProveLockOptions {
  project: Project
  store: Store
  pool: Pool
  emit: Emit
  signal?: AbortSignal | undefined
}

/**
 * Proves the installed packages: the lock by the signed envelopes, then every file of every package by the lock. File
 * tables next to the trees help to name files and are trusted only if their digest matches.
 */
export async function verify(lock: Lock, options: VerifyOptions): Promise<VerifyReport> {
  const { project, store, pool, emit, signal } = options
  const releases = releasesOf(lock)
  const unproven = entriesOf(lock.packages).flatMap(([name, locked]) => (isRelease(locked) ? [] : [name]))
  const { findings, said, carried } = releases.length > 0 ? await proveLock(releases, options) : NOTHING_PROVEN
  const disk = readDiskTree(project)
  let files = 0
  const proofs = await mapConcurrently(releases, pool.parallel, async ([name, locked]): Promise<Finding[]> => {
    const { version, tree } = locked
    const place = placeOf(project, store, name, tree, disk.get(name))
    if ('problem' in place) return [{ name, version, problem: place.problem }]
    const { proof, fingerprint } = await pool.run(
      tasks.proveTree,
      { root: place.root, tree, tableFile: store.tableFile(tree) },
      { signal },
    )
    files += proof.files
    if (proof.proven) {
      const label = `${name}@${version}`
      const [contradiction] = await contradictions(
        [{ label, root: place.root, said: said.get(name) ?? saidByLock(name, locked) }],
        options,
      )
      if (place.root === store.path(tree)) store.markProven(tree, fingerprint)
      if (contradiction) return [{ name, version, problem: contradiction.message }]
      emit({ type: 'proved', name, version, files: proof.files })
      return []
    }
    const problem = proof.tableBelieved
      ? undefined
      : 'its files are not those that were signed; the file table to name them is damaged or missing'
    return [{ name, version, ...(problem !== undefined && { problem }), files: proof.findings }]
  })
  const strangers = [...[...disk.keys()].filter((name) => !Object.hasOwn(lock.packages, name)), ...strangersIn(project)]
  const all = [
    ...findings,
    ...proofs.flat(),
    ...strangers.map((name) => ({ name, problem: 'is in colony_packages but not in colony.lock' })),
  ]
  return { packages: releases.length, files, unproven, carried, findings: all }
}

/** Returns the folder to prove for a package: the linked tree in the store, or the copy. */
function placeOf(
  project: Project,
  store: Store,
  name: PackageName,
  tree: Tree,
  there: OnDisk | undefined,
): { root: string } | { problem: string } {
  if (!there) return { problem: 'is missing from colony_packages' }
  if (there.kind === 'folder') return { root: safeJoin(project.packages, name) }
  if (there.kind === 'other') return { problem: 'is neither a link nor a folder' }
  const { target } = there
  if (!store.pathsOf(tree).includes(path.resolve(target))) return { problem: `links to ${target} instead of the store` }
  return statsIfThere(target) ? { root: path.resolve(target) } : { problem: 'is missing from the store' }
}
