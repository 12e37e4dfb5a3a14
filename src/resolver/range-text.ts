import type { Package } from './package.ts'
import type { VersionSet } from './version-set.ts'

const SHOWN = 6

/** A list for people: `1.0.0, 1.1.0 and 2.0.0`; the middle of a long one is left out. */
export function listOf(items: readonly string[], conjunction = 'and'): string {
  if (items.length > SHOWN) {
    const hidden = items.length - SHOWN + 1
    return `${items.slice(0, SHOWN / 2).join(', ')}, ${hidden} more, ${items.slice(hidden + SHOWN / 2).join(', ')}`
  }
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

/** Neighbouring versions, by their places. */
interface Run {
  readonly from: number
  readonly to: number
}

const SHOWN_RUNS = 4

/**
 * Versions of a package as a range with bounds that exist, such as `>=1.2.0 <=1.9.0`; empty for all of them.
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
  return runs.map((run) => runText(pkg, run)).join(' || ')
}

function runText(pkg: Package, { from, to }: Run): string {
  const oldest = pkg.candidate(from).version
  const newest = pkg.candidate(to).version
  if (from === to && pkg.candidates.length > 1) return oldest
  const lower = from > 1 ? `>=${oldest}` : ''
  const upper = to < pkg.candidates.length ? `<=${newest}` : ''
  return `${lower} ${upper}`.trim()
}

/** Runs of neighbours. Pre-releases that are not in the set don't part a run: ranges pass over them as well. */
function runsOf(pkg: Package, versions: VersionSet): Run[] {
  const runs: Run[] = []
  let from = 0
  let to = 0
  const close = () => {
    if (from > 0) runs.push({ from, to })
    from = 0
  }
  for (let place = 1; place <= pkg.candidates.length; place++) {
    if (versions.has(place)) {
      if (from === 0) from = place
      to = place
    } else if (!pkg.candidate(place).version.includes('-')) {
      close()
    }
  }
  close()
  return runs
}
