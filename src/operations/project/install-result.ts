import { isRelease } from '../../schema/lock.ts'
import type { InstallReport } from '../../installer/installation.ts'
import { keyOf } from '../../installer/places.ts'
import { isUpToDate, type PlacePlan } from '../../installer/plan.ts'

/** What an installation did, or would do, with each package. */
export type InstallResult = ReturnType<typeof installResult>

export function installResult({ plan, places, changedLock, unpacked, unpackedBytes, dryRun, news }: InstallReport) {
  return {
    dryRun,
    changedLock,
    /** how many were fetched from a registry and unpacked; the others were in the store */
    unpacked,
    unpackedBytes,
    packages: plan.placements.map(({ name, version, from, action, locked }) => ({
      name,
      version,
      action,
      ...(from !== undefined && { from }),
      status: news.of.get(name)?.status ?? null,
      ...(isRelease(locked) ? { tree: locked.tree } : { path: locked.path }),
    })),
    removed: plan.removals,
    /** in a workspace, what each of its folders got */
    ...(isWorkspace(places) && { members: places.map(memberResult) }),
    unasked: news.unasked,
    upToDate: isUpToDate(plan) && !changedLock,
  }
}

function isWorkspace(places: readonly PlacePlan[]): boolean {
  return places.length > 1 || places.some(({ place }) => place.member !== undefined)
}

function memberResult({ place, plan: { placements, removals } }: PlacePlan) {
  const put = placements.filter(({ action }) => action === 'put')
  return { path: keyOf(place), packages: placements.length, put: put.map(({ name }) => name), removed: removals }
}
