import { isRelease, type Lock, type LockedRelease } from '../schema/lock.ts'
import type { ProjectManifest } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { CpmError } from '../core/errors.ts'
import type { Installation, InstallRequest } from './installation.ts'
import { lockedPackage, lockedVersions, lockFits, type ReadLock, releasesOf } from './lockfile.ts'
import { type ChangedManifest, isSelected } from './manifest-change.ts'
import { parseProjectManifest } from './project.ts'
import { proveReleases, type ProvenRelease } from './prove/prove-releases.ts'
import { toLock } from './resolve-project.ts'
import { resolveUpdate } from './resolve-update.ts'

/** The lock that a project is to have, and the text of its colony.yaml. */
export interface ChosenLock {
  readonly lock: Lock
  readonly manifestText: string
  /** releases that were proven while the lock was made */
  readonly proven: readonly ProvenRelease[]
  readonly heldBack: ReadonlyMap<PackageName, Version>
}

/** The lock to install: the one that is there where it fits, else a new one. */
export async function chooseLock(
  parts: Installation,
  request: InstallRequest,
  { text, choosesVersions, settle }: ChangedManifest,
  manifest: ProjectManifest,
  read: ReadLock,
): Promise<ChosenLock> {
  const { policy } = parts
  const mayStay = read.kind === 'lock' && !hasFolders(read.lock) && !ownersMayChange(read.lock, parts)
  const asksAnew = choosesVersions || request.mayUpgrade !== undefined
  if (mayStay && !asksAnew && lockFits(read.lock, manifest)) {
    return { lock: read.lock, manifestText: text, proven: [], heldBack: new Map() }
  }
  refuseWhenFrozen(request, read, manifest)
  const { project, store, pool, evidence, source, emit, cpmVersion, signal } = parts
  const resolved = await resolveUpdate(manifest, {
    root: project.root,
    locked: lockedVersions(read),
    mayUpgrade: (name) => isSelected(request.mayUpgrade ?? [], name),
    source,
    cpmVersion,
    selection: request.selection,
    emit,
    signal,
  })
  const chosen = new Map([...resolved.solution.packages].map(([name, { version }]) => [name, version]))
  const manifestText = settle(chosen)
  const before = read.kind === 'lock' ? read.lock : undefined
  const releases = [...chosen]
    .filter(([name]) => !resolved.folders.has(name))
    .map(([name, version]) => {
      const locked = before && lockedPackage(before, name)
      return { name, version, before: locked && isRelease(locked) ? locked : undefined }
    })
  // What the lock has already and the store holds was proven when it came: only what is new is proven now.
  const sameRegistry = new Set<PackageName>()
  for (const { name, before: locked } of releases)
    if (locked?.registry === (await source.registryOf(name))) sameRegistry.add(name)
  const isKnown = ({ name, version, before: locked }: (typeof releases)[number]) =>
    locked?.version === version &&
    sameRegistry.has(name) &&
    store.has(locked.tree) &&
    !mayHaveAnotherOwner(name, locked, parts)
  const proven = await proveReleases(
    releases.filter((release) => !isKnown(release)),
    { pool, source, evidence, policy },
  )
  const known = releases.flatMap((release) =>
    isKnown(release) && release.before ? [{ name: release.name, locked: release.before }] : [],
  )
  return {
    lock: toLock(manifestText === text ? manifest : parseProjectManifest(manifestText), resolved, [
      ...proven,
      ...known,
    ]),
    manifestText,
    proven,
    heldBack: resolved.solution.heldBack,
  }
}

/** A folder beside the project may have changed since the lock was made, so its lock is always made again. */
function hasFolders(lock: Lock): boolean {
  return Object.values(lock.packages).some((locked) => !isRelease(locked))
}

/** The user accepted another owner of something that is locked: the lock is made again, to name them. */
function ownersMayChange(lock: Lock, parts: Installation): boolean {
  return releasesOf(lock).some(([name, locked]) => mayHaveAnotherOwner(name, locked, parts))
}

/**
 * Whether the registry may show an owner of a locked release whom the user accepts in place of the locked one. Of a release that is here, with
 * its proof, and whose owners were last seen to be as the lock says, nothing is asked anew because others are trusted with its name too.
 */
function mayHaveAnotherOwner(
  name: PackageName,
  { version, owner, registry, tree }: LockedRelease,
  { policy, evidence, store }: Installation,
): boolean {
  if (!policy.mayReplace(name, owner)) return false
  const isProven = store.has(tree) && evidence.envelope(registry, name, version) !== undefined
  return !isProven || evidence.firstOwner(registry, name) !== owner
}

/** @throws CpmError LOCK_OUTDATED where the lock must not change and does not fit */
export function refuseWhenFrozen({ frozen }: InstallRequest, read: ReadLock, manifest?: ProjectManifest): void {
  if (frozen !== true) return
  // A lock with folders is made again even when frozen, to be compared with what is there.
  if (read.kind === 'lock' && manifest && lockFits(read.lock, manifest)) return
  const fact =
    read.kind === 'none'
      ? 'there is no colony.lock'
      : read.kind === 'conflict'
        ? 'colony.lock has conflict markers'
        : 'colony.lock does not fit colony.yaml'
  throw new CpmError('LOCK_OUTDATED', `${fact}, and this command must not change it`, {
    hint: 'run cpm install where changes are allowed, and commit colony.lock',
  })
}
