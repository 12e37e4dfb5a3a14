import semver from 'semver'
import type { Candidate } from '../core/ports.ts'
import type { VersionRange } from './ranges.ts'
import { isPreReleaseKey, keyOf } from './version-key.ts'
import { VersionSet } from './version-set.ts'

/** The versions of a package, oldest first, each at its index, starting at 1. */
export class SortedVersions {
  readonly candidates: readonly Candidate[]
  /** the number of states of a package with these versions */
  readonly size: number
  /** the key of each version, ascending; undefined if one of them has no key */
  private readonly keys: readonly number[] | undefined
  /** indexes of pre-releases, if all versions have keys */
  private readonly preReleases: readonly number[]
  private readonly releases: VersionSet
  private parsed: Map<number, semver.SemVer> | undefined

  constructor(candidates: readonly Candidate[]) {
    this.size = candidates.length + 1
    const keys = keysOf(candidates)
    const isSorted = keys !== undefined && isInOrder(candidates, keys)
    this.candidates = isSorted ? candidates : [...candidates].sort(compare)
    this.keys = isSorted ? keys : keysOf(this.candidates)
    const preReleases: number[] = []
    for (let index = 0; index < candidates.length; index++)
      if (isPreReleaseKey(this.keys?.[index] ?? 1)) preReleases.push(index + 1)
    this.preReleases = preReleases
    this.releases = VersionSet.span(this.size, 1, this.size)
    if (preReleases.length > 0) this.releases = this.releases.minus(VersionSet.of(this.size, preReleases))
  }

  /** Returns the versions that a range matches, by npm's rules. */
  matching(range: VersionRange): VersionSet {
    const { keys, preReleases, size } = this
    if (keys === undefined || range.releases === undefined) return VersionSet.of(size, this.tested(range))
    let found: VersionSet | undefined
    for (const { from, to } of range.releases) {
      const span = VersionSet.span(size, firstNotBelow(keys, from) + 1, firstNotBelow(keys, to) + 1)
      found = found === undefined ? span : found.union(span)
    }
    if (found === undefined) return VersionSet.empty(size)
    if (preReleases.length === 0) return found
    const releases = found.intersect(this.releases)
    return range.namesPreRelease ? releases.union(VersionSet.of(size, this.tested(range, preReleases))) : releases
  }

  private tested(
    range: VersionRange,
    versionIndexes: readonly number[] = this.candidates.map((_, index) => index + 1),
  ): number[] {
    return versionIndexes.filter((versionIndex) => range.test(this.version(versionIndex)))
  }

  private version(versionIndex: number): semver.SemVer {
    this.parsed ??= new Map()
    let version = this.parsed.get(versionIndex)
    if (version === undefined) {
      version = new semver.SemVer(this.candidates[versionIndex - 1]?.version ?? '')
      this.parsed.set(versionIndex, version)
    }
    return version
  }
}

function keysOf(candidates: readonly Candidate[]): number[] | undefined {
  const keys: number[] = []
  for (const { version } of candidates) {
    const key = keyOf(version)
    if (key === undefined) return undefined
    keys.push(key)
  }
  return keys
}

/** Returns whether candidates need no sorting: most sources return them in order. */
function isInOrder(candidates: readonly Candidate[], keys: readonly number[]): boolean {
  for (let index = 1; index < keys.length; index++) {
    const before = keys[index - 1] ?? 0
    const after = keys[index] ?? 0
    if (before > after) return false
    if (before < after) continue
    const [one, other] = [candidates[index - 1], candidates[index]]
    if (one && other && semver.compare(one.version, other.version) > 0) return false
  }
  return true
}

function compare(a: Candidate, b: Candidate): number {
  const [keyOfA, keyOfB] = [keyOf(a.version), keyOf(b.version)]
  if (keyOfA !== undefined && keyOfB !== undefined && keyOfA !== keyOfB) return keyOfA - keyOfB
  return semver.compare(a.version, b.version)
}

/** Returns the index of the first of ascending numbers that is not below a limit. */
function firstNotBelow(numbers: readonly number[], limit: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? Infinity) < limit) low = middle + 1
    else high = middle
  }
  return low
}
