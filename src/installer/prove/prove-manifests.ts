import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import type { Pool } from '../../core/pool.ts'
import type { ResolverFields, SaidOfManifest } from '../../package/signed-manifest.ts'
import * as tasks from '../../package/tasks.ts'
import type { UnpackedPackage } from '../../package/unpacked-manifest.ts'
import { throwAll } from './prove-releases.ts'
import type { Store } from '../store.ts'

const MANIFESTS_PER_TASK = 32

/** A release in the store, with the signed fields of its manifest if they are known. */
export interface StoredPackage {
  readonly name: PackageName
  readonly locked: LockedRelease
  readonly said: ResolverFields | undefined
}

/** @throws CpmError ENVELOPE_INVALID, ARCHIVE_INVALID for manifests in the store that differ from what was signed */
export async function proveManifests(
  packages: readonly StoredPackage[],
  { store, ...options }: { store: Store; pool: Pool; signal?: AbortSignal | undefined },
): Promise<void> {
  const unpacked = packages.map(({ name, locked, said }) => ({
    label: `${name}@${locked.version}`,
    root: store.path(locked.tree),
    said: said ?? saidByLock(name, locked),
  }))
  throwAll((await contradictions(unpacked, options)).filter((error) => error !== undefined))
}

/** Returns the manifest fields that the lock repeats, for comparisons without an envelope. */
export function saidByLock(name: PackageName, { version, dependencies }: LockedRelease): SaidOfManifest {
  return { name, version, dependencies }
}

/**
 * Compares the manifests of unpacked packages with their signed fields. A store entry may come from an older cpm, which
 * did not compare them, or from another package with the same contents.
 * @returns the error of each package, in the same order
 */
export async function contradictions(
  packages: readonly UnpackedPackage[],
  { pool, signal }: { pool: Pool; signal?: AbortSignal | undefined },
): Promise<(CpmError | undefined)[]> {
  const batches: UnpackedPackage[][] = []
  for (let at = 0; at < packages.length; at += MANIFESTS_PER_TASK)
    batches.push(packages.slice(at, at + MANIFESTS_PER_TASK))
  const results = await mapConcurrently(batches, pool.parallel, (batch) =>
    pool.run(tasks.holdManifests, { packages: batch }, { signal }),
  )
  return results.flat().map((error) => (error ? ofVerification(CpmError.fromJSON(error)) : undefined))
}

/** An unreadable manifest is the author's mistake before publication; after it, the archive is not what was signed. */
export function ofVerification(error: CpmError): CpmError {
  const { code, message, details } = error
  return code === 'MANIFEST_INVALID' ? new CpmError('ARCHIVE_INVALID', message, { details, cause: error }) : error
}
