import semver from 'semver'
import type { Bar, Barred } from './eligibility.ts'
import type { Package } from './package.ts'
import { isAnyRange, versionList } from './range-text.ts'

/** Explains in a clause why no version of a package matches a range: what is missing, and what is available. */
export function describeNoVersions(pkg: Package, range: string): string {
  if (!pkg.exists) return `there is no package named ${pkg.name}`
  const barred = pkg.barredMatching(range)
  if (barred.length > 0) {
    const which = isAnyRange(range) ? '' : ` that matches ${range}`
    return `no version of ${pkg.name}${which} can be used (${describeBarred(barred)})`
  }
  const preReleases = pkg.preReleasesNear(range)
  if (preReleases.length > 0) {
    const hint = 'a pre-release is used only where its range names one'
    return `only pre-releases of ${pkg.name} match ${range} (${versionList(preReleases)}; ${hint})`
  }
  const published = pkg.publishedVersions()
  if (published.length === 0) return `no version of ${pkg.name} is published`
  return `no version of ${pkg.name} matches ${range} (published: ${versionList(published)})`
}

const SHOWN_BARS = 3

/** Lists versions that can't be used, each with the reason. */
export function describeBarred(barred: readonly Barred[]): string {
  const inOrder = [...barred].sort((a, b) => semver.compare(a.candidate.version, b.candidate.version))
  const shown = inOrder.slice(-SHOWN_BARS).map(({ candidate, bar }) => `${candidate.version} ${describeBar(bar)}`)
  const hidden = barred.length - shown.length
  return (hidden > 0 ? [`${hidden} older ones too`, ...shown] : shown).join('; ')
}

/** Describes why a version can't be used, to follow its name. */
export function describeBar(bar: Bar): string {
  switch (bar.type) {
    case 'yanked':
      return bar.reason === undefined ? 'was yanked' : `was yanked: ${bar.reason}`
    case 'too-new':
      if (bar.publishedAt === undefined) return `has no known publication date, so it may be newer than ${bar.limit}`
      return `was published on ${bar.publishedAt}, which is after ${bar.limit}`
    case 'other-target':
      if (bar.condition === 'architecture') return `is for ${bar.wanted}, not ${bar.target}`
      return `needs ${bar.condition === 'cpm' ? 'cpm' : 'ColonyOS'} ${bar.wanted} instead of ${bar.target}`
    case 'refused':
      return bar.reason
  }
}
