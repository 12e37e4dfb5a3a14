import type { Version } from '../schema/version.ts'
import type { Package } from './package.ts'
import type { VersionSet } from './version-set.ts'

/** Joins a list for people: `a, b and c`. */
export function listOf(items: readonly string[], conjunction = ' and'): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')}${conjunction} ${last}`
}

const SHOWN_VERSIONS = 7

/** Lists versions, oldest first, without the middle of a long list. */
export function versionList(versions: readonly Version[]): string {
  if (versions.length <= SHOWN_VERSIONS) return versions.join(', ')
  const end = Math.floor(SHOWN_VERSIONS / 2)
  return [...versions.slice(0, end), '…', ...versions.slice(-end)].join(', ')
}

/** Returns true for ranges that need not be shown. */
export function isAnyRange(range: string): boolean {
  return ['', '*', 'x', '>=0', '>=0.0.0'].includes(range.trim())
}

/** Adjacent versions, by index. */
interface Run {
  readonly from: number
  readonly to: number
}

const SHOWN_RUNS = 4

/**
 * Writes versions of a package as a range with bounds that exist, such as `>=1.2.0 <=1.9.0`; empty for all versions.
 */
export function rangeText(pkg: Package, versions: VersionSet): string {
  const runs = runsOf(pkg, versions)
  if (runs.length > SHOWN_RUNS) {
    const oldest = runs[0]
    const newest = runs.at(-1)
    if (oldest !== undefined && newest !== undefined) {
      const count = versions.count
      return `(${count} versions from ${pkg.candidate(oldest.from).version} to ${pkg.candidate(newest.to).version})`
    }
  }
  return runs.map((run) => runText(pkg, run)).join(' or ')
}

function runText(pkg: Package, { from, to }: Run): string {
  const oldest = pkg.candidate(from).version
  const newest = pkg.candidate(to).version
  if (from === to && pkg.candidates.length > 1) return oldest
  const lower = from > 1 ? `>=${oldest}` : ''
  const upper = to < pkg.candidates.length ? `<=${newest}` : ''
  return `${lower} ${upper}`.trim()
}

/**
 * Finds runs of adjacent versions. Pre-releases that are not in the set don't end a run, because ranges skip them too.
 */
function runsOf(pkg: Package, versions: VersionSet): Run[] {
  const runs: Run[] = []
  let from = 0
  let to = 0
  const close = () => {
    if (from > 0) runs.push({ from, to })
    from = 0
  }
  for (let versionIndex = 1; versionIndex <= pkg.candidates.length; versionIndex++) {
    if (versions.has(versionIndex)) {
      if (from === 0) from = versionIndex
      to = versionIndex
    } else if (!pkg.candidate(versionIndex).version.includes('-')) {
      close()
    }
  }
  close()
  return runs
}
