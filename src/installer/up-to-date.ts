import { isThere } from '../core/atomic-file.ts'
import { stagingsIn } from '../core/staging.ts'
import { generationOf } from './consistent-view.ts'
import { readDiskTree, stateFile } from './disk-tree.ts'
import type { Installation, InstallReport, InstallRequest } from './installation.ts'
import { reserveTrees } from './keep/reserve.ts'
import { treesOf } from './lock-entries.ts'
import { isUpToDate, makePlan } from './plan.ts'
import type { Project } from './project.ts'
import { proofsFile } from './prove/carried-proofs.ts'
import { unchangedEntries } from './prove/prove-store.ts'
import { tellNews } from './status-warnings.ts'

/**
 * Recognizes a project in which there is nothing to do, from what earlier commands found out about the same manifest,
 * lock and store entries. It reads no package and no envelope, and takes no process lock.
 * @returns undefined if anything is new, different or unknown: the whole installation decides then
 */
export async function reportIfUpToDate(
  parts: Installation,
  request: InstallRequest,
): Promise<InstallReport | undefined> {
  const { project, store, mode, settled, policy } = parts
  if (mode !== 'link' || request.change || request.mayUpgrade || request.rereadAll === true) return undefined
  const generation = quietGeneration(project)
  const known = generation === undefined ? undefined : settled.recall(project)
  if (!known) return undefined
  const { lock, isProven } = known
  if (!isProven && (request.proveAll === true || policy.isStrict)) return undefined
  const dryRun = request.dryRun === true
  const trees = new Set(treesOf(lock))
  if (!dryRun) await reserveTrees([...trees], parts)
  const plan = makePlan({ lock, before: lock, disk: readDiskTree(project), root: project.root, store, mode })
  if (!isUpToDate(plan) || [...trees].some((tree) => store.isUnproven(tree))) return undefined
  if (request.proveAll === true && (await unchangedEntries(trees, parts)).size < trees.size) return undefined
  if (quietGeneration(project) !== generation) return undefined
  const news = await tellNews(lock, parts)
  return { lock, plan, news, changedLock: false, unpacked: 0, dryRun, heldBack: new Map() }
}

/** Returns the state of a project without copies and without a change in progress or left behind; otherwise undefined. */
function quietGeneration(project: Project): string | undefined {
  if (isThere(stateFile(project)) || isThere(proofsFile(project))) return undefined
  return stagingsIn(project.changes).length === 0 ? generationOf(project) : undefined
}
