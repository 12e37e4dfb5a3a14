import type { Version } from '../schema/version.ts'
import type { Bar, Barred } from './eligibility.ts'
import type { Package } from './package.ts'
import { listOf } from './range-text.ts'

/** Why a package has no eligible version in a range. */
export type Shortage =
  | { readonly type: 'no-package' }
  | { readonly type: 'no-version'; readonly range: string; readonly existing: readonly Version[] }
  /** they would match if the range named one of them: the pre-release rule */
  | { readonly type: 'only-pre-releases'; readonly range: string; readonly versions: readonly Version[] }
  | { readonly type: 'all-barred'; readonly range: string; readonly barred: readonly Barred[] }

/** Finds out why nothing of a package matches a range. */
export function shortage(pkg: Package, range: string): Shortage {
  if (!pkg.exists) return { type: 'no-package' }
  const barred = pkg.barredMatching(range)
  if (barred.length > 0) return { type: 'all-barred', range, barred }
  const versions = pkg.preReleasesNear(range)
  if (versions.length > 0) return { type: 'only-pre-releases', range, versions }
  return { type: 'no-version', range, existing: pkg.publishedVersions() }
}

/** A shortage as a clause that can stand by itself, or after the name of the package and a comma. */
export function describeShortage(shortage: Shortage): string {
  switch (shortage.type) {
    case 'no-package':
      return 'there is no package of this name'
    case 'no-version':
      if (shortage.existing.length === 0) return 'no version of it is published'
      return `no version matches ${shortage.range} (there is ${listOf(shortage.existing)})`
    case 'only-pre-releases':
      return `only pre-releases match ${shortage.range} (${listOf(shortage.versions)}), and they must be asked for by name`
    case 'all-barred':
      return `no version that matches ${shortage.range} may be used (${describeBarred(shortage.barred)})`
  }
}

const SHOWN_BARS = 3

/** Names versions that may not be used, each with the reason. */
export function describeBarred(barred: readonly Barred[]): string {
  const shown = barred.slice(-SHOWN_BARS).map(({ candidate, bar }) => `${candidate.version} ${describeBar(bar)}`)
  const hidden = barred.length - shown.length
  return (hidden > 0 ? [`${hidden} older ones likewise`, ...shown] : shown).join('; ')
}

function describeBar(bar: Bar): string {
  switch (bar.type) {
    case 'yanked':
      return bar.reason === undefined ? 'was yanked' : `was yanked: ${bar.reason}`
    case 'too-new':
      if (bar.publishedAt === undefined) return `has no known date of publication, so it may be newer than ${bar.limit}`
      return `was published on ${bar.publishedAt}, which is after ${bar.limit}`
    case 'other-cpm':
      return `needs cpm ${bar.wanted}, and this is cpm ${bar.running}`
  }
}
