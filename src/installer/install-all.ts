import type { CpmEvent } from '../schema/events.ts'
import type { Lock } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { withLock } from '../core/locks.ts'
import { applyPlan, recoverProject } from './apply.ts'
import { isThere, namesIn } from '../core/atomic-file.ts'
import { safeJoin } from '../core/safe-path.ts'
import { chooseLock, hasFolders, refuseWhenFrozen } from './choose-lock.ts'
import { lockOptions, lookAtProject, projectLock } from './consistent-view.ts'
import { type OnDisk, readDiskTree } from './disk-tree.ts'
import { reserveTrees } from './keep/reserve.ts'
import type { Installation, InstallReport, InstallRequest } from './installation.ts'
import { readLock, writeLock } from './lockfile.ts'
import { releasesOf, treesOf } from './lock-entries.ts'
import { changeManifest } from './manifest-change.ts'
import { isUpToDate, makePlan, type Plan } from './plan.ts'
import { prepareProject, type Project } from './project.ts'
import { parseProjectManifest, readProjectManifest } from './project-manifest.ts'
import { changedProofs } from './prove/carry-proofs.ts'
import { proveManifests } from './prove/prove-manifests.ts'
import { placedUnchecked, proveMissing, proveStored } from './prove/prove-plan.ts'
import { findDamagedCopies } from './prove/prove-store.ts'
import { tellNews } from './status-warnings.ts'
import { unpackReleases } from './unpack-releases.ts'

/** Resolves, proves and unpacks whatever is missing, then applies everything at once. */
export async function installAll(parts: Installation, request: InstallRequest): Promise<InstallReport> {
  const { project, store, emit } = parts
  if (request.dryRun === true) {
    try {
      return await lookAtProject(project, parts, () => installHoldingLock(parts, request, () => undefined))
    } finally {
      parts.sweep()
    }
  }
  if (!isThere(project.packages) && !parts.settled.recall(project)) requireReadable(project, request)
  prepareProject(project)
  return await withLock(projectLock(project), lockOptions(project, parts), async (requireHeld) => {
    recoverProject(project, store, emit)
    try {
      return await installHoldingLock(parts, request, requireHeld)
    } finally {
      parts.sweep()
    }
  })
}

/** Reads the files of a project without packages, so that a command that can't read them creates no folder. */
function requireReadable(project: Project, request: InstallRequest): void {
  changeManifest(readProjectManifest(project).text, request.change)
  readLock(project.lockFile)
}

async function installHoldingLock(
  parts: Installation,
  request: InstallRequest,
  requireHeld: () => void,
): Promise<InstallReport> {
  const { project, store, mode, settled, emit, signal } = parts
  const read = readProjectManifest(project)
  const changed = changeManifest(read.text, request.change)
  const lockRead = readLock(project.lockFile)
  const manifest = changed.text === read.text ? read.manifest : parseProjectManifest(changed.text)
  const wanted = await chooseLock(parts, request, changed, manifest, lockRead)
  const before = lockRead.kind === 'lock' ? lockRead.lock : undefined
  if (lockRead.kind === 'conflict') emit(MENDED)
  const changedLock = !before || canonicalJson(before) !== canonicalJson(wanted.lock)
  if (changedLock) refuseWhenFrozen(request, lockRead)
  const trees = treesOf(wanted.lock)
  if (request.dryRun !== true) await reserveTrees(changedLock && before ? [...trees, ...treesOf(before)] : trees, parts)

  const disk = readDiskTree(project)
  // What proves a lock stays the same as long as the lock and the policy do.
  const known = changedLock || request.rereadAll === true ? undefined : settled.recall(project)
  const isProven = known?.isProven === true && lockRead.kind === 'lock' && known.lockText === lockRead.text
  const stored = await proveStored(parts, wanted.lock, { ...request, isProven })
  const { damaged } = stored
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
    await unpackReleases(proven, { ...parts, replace: damaged })
  }
  for (const { name, version, locked } of proven) {
    store.markProven(locked.tree)
    if (damaged.has(locked.tree)) emit({ type: 'repaired', name, version })
  }
  if (!isProven) await proveManifests(placedUnchecked(wanted, plan, proven), parts)
  const proofs = await changedProofs(wanted.lock, parts)
  if (!isUpToDate(plan) || changedLock || proofs !== undefined || wanted.manifestText !== read.text) {
    signal?.throwIfAborted()
    const manifestText = wanted.manifestText === read.text ? undefined : wanted.manifestText
    applyPlan(project, store, {
      plan,
      mode,
      manifestText,
      proofs,
      lock: changedLock ? wanted.lock : undefined,
      beforeSeal: requireHeld,
    })
  }
  store.noteProject(project.root, trees)
  const names = new Set([...stored.proven, ...[...wanted.proven, ...proven].map(({ name }) => name)])
  const lockText = lockRead.kind === 'lock' && !changedLock ? lockRead.text : writeLock(wanted.lock)
  rememberSettled(parts, { lock, lockText, manifestText: wanted.manifestText }, names)
  return { ...report, news, plan, unpacked: proven.length }
}

/** @param proven the releases of the lock that were proven just now */
function rememberSettled(
  { project, settled, policy, mode }: Installation,
  { lock, lockText, manifestText }: { lock: Lock; lockText: string; manifestText: string },
  proven: ReadonlySet<PackageName>,
): void {
  // A trusted owner may replace the locked one, which depends on more than the two files.
  if (mode !== 'link' || policy.acceptsOwners || hasFolders(lock)) return
  const isProven = Object.keys(lock.packages).every((name) => proven.has(name as PackageName))
  const known = settled.recall(project)
  const wasProven = known?.isProven === true && known.lockText === lockText
  settled.remember(project, { isProven: isProven || wasProven, manifest: manifestText, lock: lockText })
}

const MENDED: CpmEvent = {
  type: 'warning',
  code: 'LOCK_MENDED',
  message: 'colony.lock had conflict markers; rebuilt it from the versions of both sides',
}

/**
 * cpm may replace links, and copies that it recorded. A non-empty folder that cpm did not create may be somebody's
 * work.
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
  throw new CpmError('PROJECT_UNSAFE', `colony_packages/${foreign} is a folder that cpm did not create`, {
    hint: 'move or remove it, and run the command again',
  })
}
