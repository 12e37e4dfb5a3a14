import { isRelease } from '../../schema/lock.ts'
import type { InstallReport } from '../../installer/install.ts'
import { isUpToDate } from '../../installer/plan.ts'
import { count } from '../../core/amounts.ts'
import type { Style } from '../terminal/style.ts'

/** What `--json` says of an installation: every package, and what happened to it. */
export function installDocument({ plan, changedLock, unpacked, dryRun, news }: InstallReport) {
  return {
    dryRun,
    changedLock,
    unpacked,
    packages: plan.placements.map(({ name, version, from, action, locked }) => ({
      name,
      version,
      action,
      ...(from !== undefined && { from }),
      standing: news.of.get(name)?.standing ?? null,
      ...(isRelease(locked) ? { tree: locked.tree } : { path: locked.path }),
    })),
    removed: plan.removals,
    unasked: news.unasked,
    upToDate: isUpToDate(plan) && !changedLock,
  }
}
export type InstallDocument = ReturnType<typeof installDocument>

const MOST_LINES = 30

/** The changes, one a line, and a line that sums up. */
export function renderInstall(report: InstallDocument, style: Style): string {
  const { packages, removed, unpacked, dryRun, upToDate } = report
  const put = packages.filter(({ action }) => action === 'put')
  const lines = [
    ...put.map(
      ({ name, version, from }) =>
        `${style('green', '+')} ${name} ${version}${from === undefined ? '' : style('dim', ` (was ${from})`)}`,
    ),
    ...removed.map((name) => `${style('red', '-')} ${name}`),
  ]
  const shown =
    lines.length > MOST_LINES
      ? [...lines.slice(0, MOST_LINES), style('dim', `  … and ${lines.length - MOST_LINES} more`)]
      : lines
  return [...shown, summary()].join('\n')

  function summary(): string {
    if (upToDate && unpacked === 0) return `up to date: ${count(packages.length, 'package')}`
    const parts = [`${count(put.length, 'package')} ${dryRun ? 'would be put in place' : 'put in place'}`]
    if (unpacked > 0) parts.push(`${unpacked} unpacked and proven`)
    if (removed.length > 0) parts.push(`${removed.length} ${dryRun ? 'would be removed' : 'removed'}`)
    return `${parts.join(', ')}; ${count(packages.length, 'package')} in all`
  }
}
