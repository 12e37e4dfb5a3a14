import { count } from '../../core/amounts.ts'
import type { InstallResult } from '../../operations/project/install-result.ts'
import type { Style } from '../terminal/style.ts'
import { upToDateText } from '../terminal/up-to-date.ts'

const MOST_LINES = 30

/** Renders changes, one per line, and a summary. */
export function renderInstall(report: InstallResult, style: Style): string {
  const { packages, removed, members, unpacked, dryRun, upToDate } = report
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
    const where = members ? ` for ${count(members.length, 'folder')} of the workspace` : ''
    if (upToDate && unpacked === 0) return `${upToDateText(packages.length)}${where}`
    const parts = [`${count(put.length, 'package')} ${dryRun ? 'would be installed' : 'installed'}`]
    if (unpacked > 0) parts.push(`${unpacked} unpacked and proven`)
    if (removed.length > 0) parts.push(`${removed.length} ${dryRun ? 'would be removed' : 'removed'}`)
    return `${parts.join(', ')}; ${count(packages.length, 'package')} in total${where}`
  }
}
