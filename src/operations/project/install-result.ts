import { isRelease } from '../../schema/lock.ts'
import type { InstallReport } from '../../installer/installation.ts'
import { isUpToDate } from '../../installer/plan.ts'

/** What an installation did, or would do, with each package. */
export type InstallResult = ReturnType<typeof installResult>

export function installResult({ plan, changedLock, unpacked, dryRun, news }: InstallReport) {
  return {
    dryRun,
    changedLock,
    unpacked,
    packages: plan.placements.map(({ name, version, from, action, locked }) => ({
      name,
      version,
      action,
      ...(from !== undefined && { from }),
      status: news.of.get(name)?.status ?? null,
      ...(isRelease(locked) ? { tree: locked.tree } : { path: locked.path }),
    })),
    removed: plan.removals,
    unasked: news.unasked,
    upToDate: isUpToDate(plan) && !changedLock,
  }
}
