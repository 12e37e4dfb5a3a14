import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import type { Emit } from '../schema/events.ts'
import { isRelease, type Lock, type LockedRelease } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import { mapConcurrently } from '../core/concurrency.ts'
import { statsIfThere } from '../core/atomic-file.ts'
import type { Pool } from '../core/pool.ts'
import { safeJoin } from '../core/safe-path.ts'
import type { SaidOfManifest } from '../package/signed-manifest.ts'
import * as tasks from '../package/tasks.ts'
import type { Finding } from './finding.ts'
import { NOTHING_PROVEN, proveLock, type ProveLockOptions } from './prove/prove-lock.ts'
import { contradictions, saidByLock } from './prove/prove-manifests.ts'
import { type OnDisk, readDiskTree, strangersIn } from './disk-tree.ts'
import { entriesOf, releasesOf } from './lock-entries.ts'
import { PACKAGES_FOLDER, type Project } from './project.ts'
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
  store: Store
  pool: Pool
  emit: Emit
  signal?: AbortSignal | undefined
}

/** A colony_packages, with the part of the lock that belongs there. */
export interface LockedPlace {
  readonly place: Project
  readonly lock: Lock
}

/**
 * Proves the installed packages: the lock by the signed envelopes, then every file of every package by the lock. File
 * tables next to the trees help to name files and are trusted only if their digest matches. What several members of a
 * workspace link to is proven once.
 */
export async function verify(places: readonly LockedPlace[], options: VerifyOptions): Promise<VerifyReport> {
  const packages = new Map(places.flatMap(({ lock }) => entriesOf(lock.packages)))
  const releases = [...new Map(places.flatMap(({ lock }) => releasesOf(lock)))]
  const unproven = [...packages].flatMap(([name, locked]) => (isRelease(locked) ? [] : [name]))
  const { findings, said, carried } = releases.length > 0 ? await proveLock(releases, options) : NOTHING_PROVEN
  const looked = places.map((place) => lookAt(place, options.store))
  let files = 0
  const toProve = [...new Map(looked.flatMap((one) => one.toProve).map((each) => [each.root, each])).values()]
  const proofs = await mapConcurrently(toProve, options.pool.parallel, async (each) => {
    const proof = await proveFiles(each, said.get(each.name), options)
    files += proof.files
    return proof.findings
  })
  const all = [...findings, ...looked.flatMap((one) => one.findings), ...proofs.flat()]
  return { packages: releases.length, files, unproven, carried, findings: all }
}

/** A release, and its folder: a tree of the store, or a copy. */
interface ToProve {
  readonly name: PackageName
  readonly locked: LockedRelease
  readonly root: string
}

/** Compares the names in a colony_packages with the lock. */
function lookAt({ place, lock }: LockedPlace, store: Store): { toProve: ToProve[]; findings: Finding[] } {
  const disk = readDiskTree(place)
  const toProve: ToProve[] = []
  const findings: Finding[] = []
  for (const [name, locked] of releasesOf(lock)) {
    const found = placeOf(place, store, name, locked.tree, disk.get(name))
    if ('problem' in found) findings.push({ name, version: locked.version, problem: found.problem })
    else toProve.push({ name, locked, root: found.root })
  }
  const strangers = [...[...disk.keys()].filter((name) => !Object.hasOwn(lock.packages, name)), ...strangersIn(place)]
  const problem = `is in ${folderName(place)} but not in colony.lock`
  return { toProve, findings: [...findings, ...strangers.map((name) => ({ name, problem }))] }
}

async function proveFiles(
  { name, locked, root }: ToProve,
  signed: SaidOfManifest | undefined,
  options: VerifyOptions,
): Promise<{ files: number; findings: Finding[] }> {
  const { store, pool, emit, signal } = options
  const { version, tree } = locked
  const { proof, fingerprint } = await pool.run(
    tasks.proveTree,
    { root, tree, tableFile: store.tableFile(tree) },
    { signal },
  )
  const { files } = proof
  if (proof.proven) {
    const said = signed ?? saidByLock(name, locked)
    const [contradiction] = await contradictions([{ label: `${name}@${version}`, root, said }], options)
    if (root === store.path(tree)) store.markProven(tree, fingerprint)
    if (contradiction) return { files, findings: [{ name, version, problem: contradiction.message }] }
    emit({ type: 'proved', name, version, files })
    return { files, findings: [] }
  }
  const problem = proof.tableBelieved
    ? undefined
    : 'its files are not those that were signed; the file table to name them is damaged or missing'
  return { files, findings: [{ name, version, ...(problem !== undefined && { problem }), files: proof.findings }] }
}

function folderName({ member }: Project): string {
  return member === undefined ? PACKAGES_FOLDER : `${member}/${PACKAGES_FOLDER}`
}

/** Returns the folder to prove for a package: the linked tree in the store, or the copy. */
function placeOf(
  project: Project,
  store: Store,
  name: PackageName,
  tree: Tree,
  there: OnDisk | undefined,
): { root: string } | { problem: string } {
  if (!there) return { problem: `is missing from ${folderName(project)}` }
  if (there.kind === 'folder') return { root: safeJoin(project.packages, name) }
  if (there.kind === 'other') return { problem: 'is neither a link nor a folder' }
  const { target } = there
  if (!store.pathsOf(tree).includes(path.resolve(target))) return { problem: `links to ${target} instead of the store` }
  return statsIfThere(target) ? { root: path.resolve(target) } : { problem: 'is missing from the store' }
}
