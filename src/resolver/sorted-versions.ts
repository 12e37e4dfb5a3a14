import semver from 'semver'
import type { Candidate } from '../core/ports.ts'
import type { VersionRange } from './ranges.ts'
import type { VersionKey, VersionKeys } from './version-key.ts'
import { VersionSet } from './version-set.ts'

/** The versions of a package, oldest first, each at its index, starting at 1. */
export class SortedVersions {
  readonly candidates: readonly Candidate[]
  /** the number of states of a package with these versions */
  readonly size: number
  /** the key of each version, ascending; undefined if one of them has no key */
  private readonly keys: readonly VersionKey[] | undefined
  /** indexes of pre-releases, if all versions have keys */
  private readonly preReleases: readonly number[]
  private readonly releases: VersionSet
  private parsed: Map<number, semver.SemVer> | undefined

  constructor(candidates: readonly Candidate[], versionKeys: VersionKeys) {
    this.size = candidates.length + 1
    // Most sources return candidates in order.
    const keys = keysInOrder(candidates, versionKeys)
    this.candidates = keys === undefined ? [...candidates].sort((a, b) => compare(a, b, versionKeys)) : candidates
    this.keys = keys ?? keysInOrder(this.candidates, versionKeys)
    this.preReleases = this.keys === undefined ? NONE : preReleasesOf(this.keys)
    const all = VersionSet.span(this.size, 1, this.size)
    this.releases = this.preReleases === NONE ? all : all.minus(VersionSet.of(this.size, this.preReleases))
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

const NONE: number[] = []

/** Returns the keys of candidates; undefined if the candidates are not in order, or one of them has no key. */
function keysInOrder(candidates: readonly Candidate[], versionKeys: VersionKeys): VersionKey[] | undefined {
  const keys: VersionKey[] = []
  let before = -1
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index]
    const read = candidate === undefined ? null : versionKeys.of(candidate.version)
    if (read === null) return undefined
    const { key } = read
    if (key <= before) {
      const previous = candidates[index - 1]
      if (key < before || (previous && candidate && compare(previous, candidate, versionKeys) > 0)) return undefined
    }
    keys.push(read)
    before = key
  }
  return keys
}

function preReleasesOf(keys: readonly VersionKey[]): readonly number[] {
  let found = NONE
  for (let index = 0; index < keys.length; index++) {
    if (keys[index]?.isPreRelease !== true) continue
    if (found === NONE) found = [index + 1]
    else found.push(index + 1)
  }
  return found
}

function compare(a: Candidate, b: Candidate, versionKeys: VersionKeys): number {
  const one = versionKeys.of(a.version)
  const other = versionKeys.of(b.version)
  if (one === null || other === null || (one.key === other.key && one.isPreRelease && other.isPreRelease))
    return semver.compare(a.version, b.version)
  return one.key - other.key || Number(other.isPreRelease) - Number(one.isPreRelease)
}

/** Returns the index of the first of ascending keys that is not below a limit. */
function firstNotBelow(keys: readonly VersionKey[], limit: number): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle]?.key ?? Infinity) < limit) low = middle + 1
    else high = middle
  }
  return low
}
