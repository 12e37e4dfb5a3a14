import type { CpmEvent } from '../schema/events.ts'
import type { Lock } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { Chores } from '../core/chores.ts'
import { ifPossible } from '../core/errors.ts'
import { withLock } from '../core/locks.ts'
import { applyChanges, recoverProject } from './apply.ts'
import { isThere } from '../core/atomic-file.ts'
import { type ChosenLock, chooseLock, refuseWhenFrozen } from './choose-lock.ts'
import { lockOptions, lookAtProject, projectLock } from './consistent-view.ts'
import { reserveTrees } from './keep/reserve.ts'
import type { Installation, InstallFollower, InstallReport, InstallRequest } from './installation.ts'
import { hasOtherFolders, type ReadLock, readLock, writeLock } from './lockfile.ts'
import { releasesOf, treesOf } from './lock-entries.ts'
import { changesOf, isChange, type KnownRoot } from './place-changes.ts'
import { installedPlaces, planPlaces } from './plan-places.ts'
import { joinPlans } from './plan.ts'
import { possibleMode } from './possible-mode.ts'
import { keyOf, type Places, placesOf } from './places.ts'
import { prepareProject } from './project.ts'
import { proveManifests } from './prove/prove-manifests.ts'
import { placedUnchecked, proveMissing, proveStored } from './prove/prove-plan.ts'
import type { SettledProject } from './settled-project.ts'
import { tellNews } from './status-warnings.ts'
import { archiveBytes, unpackReleases } from './unpack-releases.ts'
import { type ChangedRoot, changeRoots } from './workspace/change-roots.ts'
import { partOf } from './workspace/lock-part.ts'
import { readRoots } from './workspace/read-roots.ts'

/** Resolves, proves and unpacks whatever is missing, then applies everything at once. */
export async function installAll(parts: Installation, request: InstallRequest): Promise<InstallReport> {
  const { project, store, emit } = parts
  if (request.dryRun === true) {
    try {
      const { report } = await lookAtProject(project, parts, () => installHoldingLock(parts, request, () => undefined))
      return report
    } finally {
      parts.sweep()
    }
  }
  if (!isThere(project.packages) && !parts.settled.recall(parts)) requireReadable(parts, request)
  prepareProject(project)
  const options = lockOptions(project, parts)
  const { report, follower } = await withLock(projectLock(project), options, async (requireHeld, isTakenOver) => {
    const hasFinished = recoverProject(project, store, emit)
    try {
      const asked = hasFinished || isTakenOver ? repeated(request) : request
      return await installHoldingLock({ ...parts, mode: possibleMode(parts) }, asked, requireHeld)
    } finally {
      parts.sweep()
    }
  })
  await follower?.final()
  return report
}

/** Returns the request of a command that may repeat a killed one, which may have removed what this one is to remove. */
function repeated({ change, ...request }: InstallRequest): InstallRequest {
  return { ...request, change: change?.type === 'remove' ? { ...change, mayBeGone: true } : change }
}

/** Reads the files of a project without packages, so that a command that can't read them creates no folder. */
function requireReadable(parts: Installation, request: InstallRequest): void {
  readChanged(parts, request)
  readLock(parts.project.lockFile)
}

/** Reads every colony.yaml, and makes the change of the request to those that it is meant for. */
function readChanged(parts: Installation, { change, changeIn = [parts.project] }: InstallRequest): ChangedRoot[] {
  return changeRoots(readRoots(placesOf(parts)), change, new Set(changeIn.map(keyOf)))
}

async function installHoldingLock(
  given: Installation,
  request: InstallRequest,
  requireHeld: () => void,
): Promise<{ report: InstallReport; follower?: InstallFollower | undefined }> {
  const chores = new Chores()
  const parts = { ...given, chores }
  const { project, store, settled, emit, signal, mode, rules } = parts
  const settledBefore = isPlain(request) ? settled.recall(parts) : undefined
  const { roots, lockRead, wanted } = settledBefore ? decidedBefore(parts, settledBefore) : await decide(parts, request)
  const before = lockRead.kind === 'lock' ? lockRead.lock : undefined
  if (lockRead.kind === 'conflict') emit(MENDED)
  const changedLock = !before || canonicalJson(before) !== canonicalJson(wanted.lock)
  if (changedLock) refuseWhenFrozen(request, lockRead)
  const trees = treesOf(wanted.lock)
  if (request.dryRun !== true) await reserveTrees(changedLock && before ? [...trees, ...treesOf(before)] : trees, parts)

  // What proves a lock stays the same as long as the lock and the policy do.
  const isProven = settledBefore?.isProven === true
  const installed = installedPlaces(parts, request)
  const part = partOf(wanted.lock, installed.map(keyOf))
  const stored = await proveStored(parts, part, { ...request, isProven })
  const { damaged } = stored
  const places = await planPlaces(installed, wanted.lock, { parts, before, proveAll: request.proveAll === true })
  const plan = joinPlans(places.map((place) => place.plan))
  const { lock, heldBack } = wanted
  const report = { lock, heldBack, changedLock, places, dryRun: request.dryRun === true }
  const isDry = request.dryRun === true
  const proven = isDry ? [] : await proveMissing(parts, plan, damaged, { ...wanted, lock: part })
  const news = await tellNews(part, parts)
  await rules.checkLock(part, news)
  const checkManifests = () =>
    rules.checkManifests(part, ({ tree }) => (store.has(tree) ? store.path(tree) : undefined))
  if (isDry) {
    await checkManifests()
    await chores.run()
    await parts.hooks?.({ ...report, before, plan, proveAll: request.proveAll === true })
    return { report: { ...report, news, plan, unpacked: 0, unpackedBytes: 0 } }
  }

  await chores.runBeside(unpackReleases(proven, { ...parts, replace: damaged }))
  for (const { name, version, locked } of proven) {
    store.markProven(locked.tree)
    if (damaged.has(locked.tree)) emit({ type: 'repaired', name, version })
  }
  await checkManifests()
  if (!isProven) await proveManifests(placedUnchecked(wanted, plan, proven), parts)
  const changes = await changesOf(places, parts, roots, wanted.manifestTexts)
  const follower = await parts.hooks?.({ ...report, before, plan, proveAll: request.proveAll === true })
  if (changedLock || changes.some(isChange)) {
    signal?.throwIfAborted()
    const { lock } = wanted
    await applyChanges(project, store, {
      changes,
      mode,
      lock: changedLock ? lock : undefined,
      beforeSeal: requireHeld,
      approve: follower && (() => follower.applied()),
    })
  }
  store.noteProject(project.root, trees)
  // Each member is known by itself, so that what only its links lead to stays too.
  for (const { place, lock } of places) if (place.member !== undefined) store.noteProject(place.root, treesOf(lock))
  const names = new Set([...stored.proven, ...[...wanted.proven, ...proven].map(({ name }) => name)])
  const lockText = lockRead.kind === 'lock' && !changedLock ? lockRead.text : writeLock(wanted.lock)
  // By now everything is in place, so this must not fail the command.
  ifPossible(() => {
    rememberSettled(parts, { lock, lockText, manifests: wanted.manifestTexts }, names)
  })
  return { report: { ...report, news, plan, unpacked: proven.length, unpackedBytes: archiveBytes(proven) }, follower }
}

/** Whether a request only asks for what the lock says. */
function isPlain({ change, mayUpgrade, rereadAll }: InstallRequest): boolean {
  return change === undefined && mayUpgrade === undefined && rereadAll !== true
}

/** What a command decided before it looks at packages. */
interface Decision {
  readonly roots: readonly KnownRoot[]
  readonly lockRead: ReadLock
  readonly wanted: ChosenLock
}

async function decide(parts: Installation, request: InstallRequest): Promise<Decision> {
  const roots = readChanged(parts, request)
  const lockRead = readLock(parts.project.lockFile)
  return { roots, lockRead, wanted: await chooseLock(parts, request, roots, lockRead) }
}

function decidedBefore(places: Places, { lock, lockText, manifestTexts }: SettledProject): Decision {
  return {
    roots: placesOf(places).map((project, number) => ({ project, before: manifestTexts[number] ?? '' })),
    lockRead: { kind: 'lock', lock, text: lockText },
    wanted: { lock, manifestTexts, proven: [], heldBack: new Map() },
  }
}

/** @param proven the releases of the lock that were proven just now */
function rememberSettled(
  parts: Installation,
  { lock, lockText, manifests }: { lock: Lock; lockText: string; manifests: readonly string[] },
  proven: ReadonlySet<PackageName>,
): void {
  const { settled, policy, mode } = parts
  // A trusted owner may replace the locked one, which depends on more than these files.
  if (mode !== 'link' || policy.acceptsOwners || hasOtherFolders(lock)) return
  const isProven = releasesOf(lock).every(([name]) => proven.has(name))
  const known = settled.recall(parts)
  const wasProven = known?.isProven === true && known.lockText === lockText
  settled.remember(parts, { isProven: isProven || wasProven, manifests, lock: lockText })
}

const MENDED: CpmEvent = {
  type: 'warning',
  code: 'LOCK_MENDED',
  message: 'colony.lock had conflict markers; rebuilt it from the versions of both sides',
}
