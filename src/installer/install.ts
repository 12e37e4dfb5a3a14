import type { Tree } from '../schema/digest.ts'
import type { CpmEvent, Emit } from '../schema/events.ts'
import { isRelease, type Lock, type LockedRelease } from '../schema/lock.ts'
import type { ProjectManifest } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { withLock } from '../core/locks.ts'
import type { Pool } from '../core/pool.ts'
import type { ArtifactSource, KnownNames, News, PackageSource } from '../core/ports.ts'
import { applyPlan, recoverProject } from './apply.ts'
import { namesIn } from '../core/atomic-file.ts'
import { safeJoin } from '../core/safe-path.ts'
import { type OnDisk, readDiskTree } from './disk-tree.ts'
import { lockOptions, lookAtProject, projectLock } from './consistent-view.ts'
import type { Evidence } from './prove/evidence.ts'
import { lockedPackage, lockedVersions, lockFits, readLock, type ReadLock, releasesOf } from './lockfile.ts'
import { type InstallMode, isUpToDate, makePlan, type Plan } from './plan.ts'
import {
  parseProjectManifest,
  prepareProject,
  type Project,
  readProjectManifest,
  type ReadProject,
  requireSafeProject,
} from './project.ts'
import type { Policy } from './policy.ts'
import { proveReleases, type ProvenRelease } from './prove/prove-releases.ts'
import { NOTHING_PROVEN, proveLock } from './prove/prove-lock.ts'
import { proveManifests, type StoredPackage } from './prove/prove-manifests.ts'
import { findDamage, findDamagedCopies } from './prove/prove-store.ts'
import { resolveProject, type Selection, toLock } from './resolve-project.ts'
import type { Store } from './store.ts'
import { tellNews } from './standing-warnings.ts'
import { unpackReleases } from './unpack-releases.ts'

/** The parts an installation works with, put together by the command line. */
export interface Installation {
  readonly project: Project
  readonly store: Store
  readonly evidence: Evidence
  readonly policy: Policy
  readonly pool: Pool
  /** asked when something is needed for the first time: a project that is up to date needs no registry */
  readonly source: PackageSource & ArtifactSource & KnownNames
  readonly mode: InstallMode
  readonly cpmVersion: string
  readonly lockTimeout: number
  readonly emit: Emit
  readonly signal?: AbortSignal | undefined
  /** removes temporary files of this process and of killed ones */
  readonly sweep: () => void
}

export interface InstallRequest {
  /** changes the manifest's text first; the versions chosen for `added` are then written into it */
  edit?: (text: string) => string
  /** names to add whose requirement is to be made of the chosen version */
  settle?: (text: string, chosen: ReadonlyMap<PackageName, Version>) => string
  /** whether a locked version may be left for a newer one; without it none is left that can stay */
  release?: ((name: PackageName) => boolean) | undefined
  /** what has a say where versions are chosen; a lock that fits stays as it is */
  selection?: Selection
  /** refuse to change the lock */
  frozen?: boolean
  /** prove every store entry and envelope, also of what is there already (`cpm ci`) */
  proveAll?: boolean
  dryRun?: boolean
}

export interface InstallReport {
  readonly plan: Plan
  readonly lock: Lock
  readonly changedLock: boolean
  readonly unpacked: number
  readonly dryRun: boolean
  /** direct dependencies that did not get the newest version they ask for, where versions were chosen */
  readonly heldBack: ReadonlyMap<PackageName, Version>
  /** which locked versions were yanked or deprecated */
  readonly news: News
}

/** Makes a project have what its manifest and lock say: resolve, prove, unpack, then put everything in place at once. */
export async function install(parts: Installation, request: InstallRequest = {}): Promise<InstallReport> {
  const { project, store, emit } = parts
  requireSafeProject(project)
  if (request.dryRun === true) {
    try {
      return await lookAtProject(project, parts, () => installLocked(parts, request, () => undefined))
    } finally {
      parts.sweep()
    }
  }
  prepareProject(project)
  return await withLock(projectLock(project), lockOptions(project, parts), async (requireHeld) => {
    recoverProject(project, store, emit)
    try {
      return await installLocked(parts, request, requireHeld)
    } finally {
      parts.sweep()
    }
  })
}

async function installLocked(
  parts: Installation,
  request: InstallRequest,
  requireHeld: () => void,
): Promise<InstallReport> {
  const { project, store, mode, emit, signal } = parts
  const read = readProjectManifest(project)
  const asked = request.edit ? request.edit(read.text) : read.text
  const lockRead = readLock(project.lockFile)
  const manifest = asked === read.text ? read.manifest : parseProjectManifest(asked)
  const wanted = await chooseLock(parts, request, { text: asked, manifest }, lockRead)
  const before = lockRead.kind === 'lock' ? lockRead.lock : undefined
  if (lockRead.kind === 'conflict') emit(MENDED)
  const changedLock = !before || canonicalJson(before) !== canonicalJson(wanted.lock)
  if (changedLock) refuseWhenFrozen(request, lockRead)

  const disk = readDiskTree(project)
  const damaged = await proveWhatIsThere(parts, request, wanted.lock)
  const damagedCopies =
    request.proveAll === true ? await findDamagedCopies(releasesOf(wanted.lock), disk, parts) : new Set<PackageName>()
  const plan = makePlan({ lock: wanted.lock, before, disk, root: project.root, store, mode, damagedCopies })
  const { lock, heldBack } = wanted
  const report = { lock, heldBack, changedLock, dryRun: request.dryRun === true }
  refuseToRemoveOthers(project, plan, disk)
  const isDry = request.dryRun === true
  const proven = isDry ? [] : await proveMissing(parts, plan, damaged, wanted)
  const news = await tellNews(wanted.lock, parts)
  if (isDry) return { ...report, news, plan, unpacked: 0 }

  if (proven.length > 0) {
    await unpackReleases(proven, { pool: parts.pool, source: parts.source, store, emit, signal, replace: damaged })
  }
  for (const { name, version, locked } of proven) {
    store.markProven(locked.tree)
    if (damaged.has(locked.tree)) emit({ type: 'repaired', name, version })
  }
  await proveManifests(placedAsTheyWere(wanted, plan, proven), parts)
  if (!isUpToDate(plan) || changedLock || wanted.manifestText !== read.text) {
    signal?.throwIfAborted()
    const manifestText = wanted.manifestText === read.text ? undefined : wanted.manifestText
    applyPlan(project, store, {
      plan,
      mode,
      manifestText,
      lock: changedLock ? wanted.lock : undefined,
      beforeSeal: requireHeld,
    })
  }
  store.noteProject(project.root)
  return { ...report, news, plan, unpacked: proven.length }
}

const MENDED: CpmEvent = {
  type: 'warning',
  code: 'LOCK_MENDED',
  message: 'colony.lock had conflict markers: it is made anew, keeping the versions of both sides where they fit',
}

/**
 * Links, and copies that cpm noted, are its own to replace. A folder with something in it that cpm did not put there is somebody's work.
 * @throws CpmError PROJECT_UNSAFE
 */
function refuseToRemoveOthers(
  project: Project,
  { placements, removals }: Plan,
  disk: ReadonlyMap<PackageName, OnDisk>,
): void {
  const names = [...placements.filter(({ action }) => action === 'put').map(({ name }) => name), ...removals]
  const foreign = names.find((name) => {
    const there = disk.get(name)
    return there?.kind === 'folder' && there.tree === undefined && namesIn(safeJoin(project.packages, name)).length > 0
  })
  if (foreign === undefined) return
  throw new CpmError('PROJECT_UNSAFE', `colony_packages/${foreign} is a folder that cpm did not put there`, {
    hint: 'move it away, or remove it if nothing in it is needed',
  })
}

/** What is put in place without having been unpacked now: its manifest was not compared with what was signed on the way. */
function placedAsTheyWere(
  wanted: ChosenLock,
  { placements }: Plan,
  unpacked: readonly ProvenRelease[],
): StoredPackage[] {
  const done = new Set(unpacked.map(({ name }) => name))
  const said = new Map(wanted.proven.map((release) => [release.name, release.said]))
  return placements.flatMap(({ name, locked, action }) =>
    isRelease(locked) && !done.has(name) && (action === 'put' || said.has(name))
      ? [{ name, locked, said: said.get(name) }]
      : [],
  )
}

/**
 * Proves what the store has already: all of it for `cpm ci`, and the lock by its envelopes; else only what was written before the machine
 * last went down. @returns the trees that are damaged and must be unpacked again
 */
async function proveWhatIsThere(parts: Installation, request: InstallRequest, lock: Lock): Promise<Set<Tree>> {
  const { store, policy } = parts
  const proveAll = request.proveAll === true
  const present = releasesOf(lock).filter(([, { tree }]) => store.has(tree))
  // What is decided about keys today holds for what was locked before, too.
  const proof = present.length > 0 && (proveAll || policy.isStrict) ? await proveLock(present, parts) : undefined
  const { findings, said } = proof ?? NOTHING_PROVEN
  if (findings.length === 0) {
    const suspects = proveAll ? present : present.filter(([, { tree }]) => store.isUnproven(tree))
    const damaged = await findDamage(suspects, parts)
    const whole = present.filter(([name, { tree }]) => said.has(name) && !damaged.has(tree))
    await proveManifests(
      whole.map(([name, locked]) => ({ name, locked, said: said.get(name) })),
      parts,
    )
    return damaged
  }
  const lines = findings.map(({ name, problem }) => `  ${name}: ${problem ?? ''}`)
  const ofPolicy = findings.every((finding) => finding.ofPolicy)
  throw ofPolicy
    ? new CpmError('POLICY_REFUSED', ['your settings refuse what is locked:', ...lines].join('\n'), {
        hint: 'cpm help POLICY_REFUSED',
        details: { findings },
      })
    : new CpmError('DIGEST_MISMATCH', ['colony.lock can’t be proven:', ...lines].join('\n'), {
        hint: 'restore colony.lock from version control',
        details: { findings },
      })
}

interface ChosenLock {
  readonly lock: Lock
  readonly manifestText: string
  /** releases that were proven while the lock was made */
  readonly proven: readonly ProvenRelease[]
  readonly heldBack: ReadonlyMap<PackageName, Version>
}

/** The lock to install: the one that is there where it fits, else a new one. */
async function chooseLock(
  parts: Installation,
  request: InstallRequest,
  { text, manifest }: ReadProject,
  read: ReadLock,
): Promise<ChosenLock> {
  const { policy } = parts
  const mayStay = read.kind === 'lock' && !hasFolders(read.lock) && !ownersMayChange(read.lock, parts)
  const asksAnew = request.settle !== undefined || request.release !== undefined
  if (mayStay && !asksAnew && lockFits(read.lock, manifest)) {
    return { lock: read.lock, manifestText: text, proven: [], heldBack: new Map() }
  }
  refuseWhenFrozen(request, read, manifest)
  const { project, store, pool, evidence, source, emit, cpmVersion, signal } = parts
  const resolved = await resolveProject(manifest, {
    root: project.root,
    locked: new Map([...lockedVersions(read)].filter(([name]) => request.release?.(name) !== true)),
    source,
    cpmVersion,
    selection: request.selection,
    emit,
    signal,
  })
  const chosen = new Map([...resolved.solution.packages].map(([name, { version }]) => [name, version]))
  const manifestText = request.settle ? request.settle(text, chosen) : text
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

function refuseWhenFrozen({ frozen }: InstallRequest, read: ReadLock, manifest?: ProjectManifest): void {
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

/** Proves the releases that will be unpacked and were not proven yet. */
async function proveMissing(
  parts: Installation,
  plan: Plan,
  damaged: ReadonlySet<Tree>,
  wanted: ChosenLock,
): Promise<ProvenRelease[]> {
  const trees = new Map(plan.toUnpack.map(({ tree, name }) => [tree, name]))
  for (const [name, { tree }] of releasesOf(wanted.lock)) if (damaged.has(tree)) trees.set(tree, name)
  const names = new Set(trees.values())
  if (names.size === 0) return []
  const already = wanted.proven.filter(({ name }) => names.has(name))
  const proven = new Set(already.map(({ name }) => name))
  const left = [...names]
    .filter((name) => !proven.has(name))
    .flatMap((name) => {
      const locked = lockedPackage(wanted.lock, name)
      return locked && isRelease(locked) ? [{ name, version: locked.version, before: locked }] : []
    })
  if (left.length === 0) return already
  return [...already, ...(await proveReleases(left, parts))]
}
