import { bytes, count, duration } from '../../core/amounts.ts'
import type { InstallResult } from '../../operations/project/install-result.ts'
import type { Shown } from '../shell/define-command.ts'
import type { Style } from '../terminal/style.ts'
import { upToDateText } from '../terminal/up-to-date.ts'

const MOST_LINES = 30

/** Renders changes, one per line, and a summary. */
export function renderInstall(report: InstallResult, style: Style, { seconds }: Shown): string {
  const { packages, removed } = report
  const lines = [
    ...putIn(packages).map(
      ({ name, version, from }) =>
        `${style('green', '+')} ${name} ${version}${from === undefined ? '' : style('dim', ` (was ${from})`)}`,
    ),
    ...removed.map((name) => `${style('red', '-')} ${name}`),
  ]
  const shown =
    lines.length > MOST_LINES
      ? [...lines.slice(0, MOST_LINES), style('dim', `  … and ${lines.length - MOST_LINES} more`)]
      : lines
  return [...shown, summaryOf(report, seconds)].join('\n')
}

function putIn(packages: InstallResult['packages']) {
  return packages.filter(({ action }) => action === 'put')
}

function summaryOf(report: InstallResult, seconds: number): string {
  const { packages, removed, members, unpacked, dryRun, upToDate } = report
  const where = members ? ` for ${count(members.length, 'folder')} of the workspace` : ''
  if (upToDate && unpacked === 0) return `${upToDateText(packages.length)}${where}`
  const put = putIn(packages).length
  const parts = [
    ...(put > 0 || removed.length === 0 ? [`${count(put, 'package')} ${dryRun ? 'would be installed' : 'installed'}`] : []), // prettier-ignore
    ...(removed.length > 0 ? [`${count(removed.length, 'package')} ${dryRun ? 'would be removed' : 'removed'}`] : []),
  ]
  const total = put === packages.length ? '' : `; ${count(packages.length, 'package')} in total`
  const sources = dryRun ? '' : sourcesOf(report)
  return `${parts.join(', ')}${dryRun ? '' : ` in ${duration(seconds)}`}${sources}${total}${where}`
}

/** Describes where the packages came from: ` (8 from the registry, 3.4 MB; 4 from the store)`. */
function sourcesOf({ packages, unpacked, unpackedBytes }: InstallResult): string {
  const put = putIn(packages)
  const folders = put.filter((each) => !('tree' in each)).length
  const stored = Math.max(0, put.length - folders - unpacked)
  const sources: [number, string][] = [
    [unpacked, `from the registry, ${bytes(unpackedBytes)}`],
    [stored, 'from the store'],
    [folders, 'from folders'],
  ]
  const used = sources.filter(([number]) => number > 0)
  if (used.length === 0) return ''
  return ` (${used.map(([number, source]) => (number === put.length ? source : `${number} ${source}`)).join('; ')})`
}
