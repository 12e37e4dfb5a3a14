import { isRelease, type Lock, type LockedRelease } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { CpmError } from '../core/errors.ts'
import type { Installation, InstallRequest } from './installation.ts'
import { hasOtherFolders, lockedVersions, lockFits, type ReadLock } from './lockfile.ts'
import { lockedPackage, releasesOf } from './lock-entries.ts'
import { isSelected } from './manifest-change.ts'
import { parseProjectManifest } from './project-manifest.ts'
import { proveReleases, type ProvenRelease, type WantedRelease } from './prove/prove-releases.ts'
import { toLock } from './resolve-project.ts'
import { resolveUpdate } from './resolve-update.ts'
import type { Roots } from './roots.ts'
import type { ChangedRoot } from './workspace/change-roots.ts'
import { outdatedPart, requireFittingMembers } from './workspace/fitting-members.ts'
import { rootsOf } from './workspace/read-roots.ts'

/** The lock to install, and the matching texts of colony.yaml. */
export interface ChosenLock {
  readonly lock: Lock
  /** of the project, or of the root and each member */
  readonly manifestTexts: readonly string[]
  /** releases that were proven while choosing the lock */
  readonly proven: readonly ProvenRelease[]
  readonly heldBack: ReadonlyMap<PackageName, Version>
}

/** Returns the existing lock if it fits, otherwise a new one. */
export async function chooseLock(
  parts: Installation,
  request: InstallRequest,
  changed: readonly ChangedRoot[],
  read: ReadLock,
): Promise<ChosenLock> {
  const { policy } = parts
  const roots = rootsOf(changed)
  const mayStay = read.kind === 'lock' && !hasOtherFolders(read.lock) && !ownersMayChange(read.lock, parts)
  const asksAnew = changed.some(({ change }) => change.choosesVersions) || request.mayUpgrade !== undefined
  if (mayStay && !asksAnew && lockFits(read.lock, roots)) {
    const manifestTexts = changed.map(({ change }) => change.text)
    return { lock: read.lock, manifestTexts, proven: [], heldBack: new Map() }
  }
  refuseWhenFrozen(request, read, roots)
  requireFittingMembers(roots)
  const { project, store, pool, evidence, source, emit, cpmVersion, signal } = parts
  const resolved = await resolveUpdate(roots, {
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
  const settled = changed.map((root) => ({ ...root, text: root.change.settle(chosen) }))
  const before = read.kind === 'lock' ? read.lock : undefined
  const releases = [...chosen]
    .filter(([name]) => !resolved.folders.has(name))
    .map(([name, version]) => {
      const locked = before && lockedPackage(before, name)
      return { name, version, before: locked && isRelease(locked) ? locked : undefined }
    })
  // Releases in both the lock and the store were proven when they were installed: only new ones are proven now.
  const sameRegistry = new Set<PackageName>()
  for (const { name, before: locked } of releases)
    if (locked?.registry === (await source.registryOf(name))) sameRegistry.add(name)
  const isKnown = ({ name, version, before: locked }: (typeof releases)[number]) =>
    locked?.version === version &&
    sameRegistry.has(name) &&
    store.has(locked.tree) &&
    !store.isFirstUse(locked.tree) &&
    !mayHaveAnotherOwner(name, locked, parts)
  const proven = await proveReleases(
    releases.filter((release) => !isKnown(release)),
    { pool, source, evidence, policy, chores: parts.chores },
  )
  await checkReplacements(releases, proven, parts)
  const known = releases.flatMap((release) =>
    isKnown(release) && release.before ? [{ name: release.name, locked: release.before }] : [],
  )
  return {
    lock: toLock(rootsOf(settled.map(withSettledManifest)), resolved, [...proven, ...known]),
    manifestTexts: settled.map(({ text }) => text),
    proven,
    heldBack: resolved.solution.heldBack,
  }
}

/** Tells the rules which new versions were signed by whom, and who could sign the locked ones. */
async function checkReplacements(
  releases: readonly WantedRelease[],
  proven: readonly ProvenRelease[],
  { source, rules }: Installation,
): Promise<void> {
  const before = new Map(releases.map((release) => [release.name, release.before?.version]))
  const replacing = proven.filter(({ name, version }) => ![undefined, version].includes(before.get(name)))
  if (replacing.length === 0) return
  const documents = await source.read(replacing.map(({ name }) => name))
  await rules.checkReplacements(
    replacing.flatMap(({ name, version, signers, chain }) => {
      const candidates = documents.get(name)?.candidates ?? []
      const number = candidates.find((candidate) => candidate.version === before.get(name))?.owners
      const set = number === undefined ? undefined : chain[number - 1]
      return set ? [{ name, version, signers, ownersBefore: set.keys }] : []
    }),
  )
}

function withSettledManifest({ text, ...root }: ChangedRoot & { text: string }): ChangedRoot {
  return text === root.change.text ? root : { ...root, manifest: parseProjectManifest(text) }
}

/** When the user trusts a new owner of a locked release, the lock is rebuilt to name that owner. */
function ownersMayChange(lock: Lock, parts: Installation): boolean {
  return releasesOf(lock).some(([name, locked]) => mayHaveAnotherOwner(name, locked, parts))
}

/**
 * Whether the registry may report an owner that the user accepts instead of the locked one. A release that is stored
 * and proven, and whose last known owner is the locked one, needs no new request just because other keys are trusted
 * for its name.
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

/** @throws CpmError LOCK_OUTDATED if the lock is frozen and does not fit */
export function refuseWhenFrozen({ frozen }: InstallRequest, read: ReadLock, roots?: Roots): void {
  if (frozen !== true) return
  // A lock with folder packages is rebuilt even when frozen, to compare the two.
  if (read.kind === 'lock' && roots && lockFits(read.lock, roots)) return
  const fact =
    read.kind === 'none'
      ? 'there is no colony.lock'
      : read.kind === 'conflict'
        ? `colony.lock:${read.line} has conflict markers`
        : `colony.lock is out of date with ${(roots && outdatedPart(read.lock, roots)) ?? 'colony.yaml'}`
  const change = read.kind === 'none' ? 'create one' : 'update it'
  throw new CpmError('LOCK_OUTDATED', `${fact}, and this command must not ${change}`, {
    hint: 'run cpm install and commit colony.lock',
  })
}
