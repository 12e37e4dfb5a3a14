import { isThere } from '../core/atomic-file.ts'
import { breakDeadLocks } from '../core/lock-file.ts'
import { stagingsIn } from '../core/staging.ts'
import { generationOf } from './consistent-view.ts'
import { readDiskTree, stateFile } from './disk-tree.ts'
import type { Installation, InstallReport, InstallRequest } from './installation.ts'
import { reserveTrees } from './keep/reserve.ts'
import { treesOf } from './lock-entries.ts'
import { keyOf } from './places.ts'
import { installedPlaces } from './plan-places.ts'
import { isUpToDate, joinPlans, makePlan, type PlacePlan } from './plan.ts'
import type { Project } from './project.ts'
import { proofsFile } from './prove/carried-proofs.ts'
import { unchangedEntries } from './prove/prove-store.ts'
import { tellNews } from './status-warnings.ts'
import { partOf } from './workspace/lock-part.ts'

/**
 * Recognizes a project in which there is nothing to do, from what earlier commands found out about the same manifest,
 * lock and store entries. It reads no package and no envelope, and takes no process lock.
 * @returns undefined if anything is new, different or unknown: the whole installation decides then
 */
export async function reportIfUpToDate(
  parts: Installation,
  request: InstallRequest,
): Promise<InstallReport | undefined> {
  const { project, store, mode, settled, policy, rules } = parts
  if (mode !== 'link' || request.change || request.mayUpgrade || request.rereadAll === true) return undefined
  const installed = installedPlaces(parts, request)
  const generation = quietGeneration(installed)
  const known = generation === undefined ? undefined : settled.recall(parts)
  if (!known) return undefined
  const { isProven } = known
  if (!isProven && (request.proveAll === true || policy.isStrict)) return undefined
  const lock = partOf(known.lock, installed.map(keyOf))
  const dryRun = request.dryRun === true
  const trees = new Set(treesOf(lock))
  if (!dryRun) await reserveTrees(treesOf(known.lock), parts)
  const places = installed.map((place): PlacePlan => {
    const part = partOf(lock, [keyOf(place)])
    const plan = makePlan({ lock: part, before: part, disk: readDiskTree(place), root: project.root, store, mode })
    return { place, lock: part, plan }
  })
  const plan = joinPlans(places.map((place) => place.plan))
  if (!isUpToDate(plan) || [...trees].some((tree) => store.isUnproven(tree))) return undefined
  if (request.proveAll === true && (await unchangedEntries(trees, parts)).size < trees.size) return undefined
  if (quietGeneration(installed) !== generation) return undefined
  // A killed command may have left its process lock after it had finished.
  if (!dryRun) for (const { changes } of installed) breakDeadLocks(changes)
  const news = await tellNews(lock, parts)
  await rules.checkLock(lock, news)
  await rules.checkManifests(lock, ({ tree }) => store.path(tree))
  return {
    lock: known.lock,
    plan,
    places,
    news,
    changedLock: false,
    unpacked: 0,
    unpackedBytes: 0,
    dryRun,
    heldBack: new Map(),
  }
}

/** Returns the state of places without copies and without a change in progress or left behind; otherwise undefined. */
function quietGeneration(places: readonly Project[]): string | undefined {
  const states = places.map((place) => {
    if (isThere(stateFile(place)) || isThere(proofsFile(place))) return undefined
    return stagingsIn(place.changes).length === 0 ? generationOf(place) : undefined
  })
  return states.includes(undefined) ? undefined : states.join('\n')
}
