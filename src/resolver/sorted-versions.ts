import semver from 'semver'
import type { Candidate } from '../core/ports.ts'
import type { VersionRange } from './ranges.ts'
import { releaseKey } from './version-key.ts'
import { VersionSet } from './version-set.ts'

/** The versions of a package, oldest first, each at its index, starting at 1. */
export class SortedVersions {
  readonly candidates: readonly Candidate[]
  /** the number of states of a package with these versions */
  readonly size: number
  /** keys and indexes of the releases, in order; empty if one of them has no key */
  private readonly keys: readonly number[]
  private readonly versionIndexes: readonly number[]
  private readonly releases: VersionSet
  /** indexes of versions without a key */
  private readonly others: readonly number[]
  private readonly parsed = new Map<number, semver.SemVer>()

  constructor(candidates: readonly Candidate[]) {
    this.candidates = inOrder(candidates)
    this.size = candidates.length + 1
    const keys: number[] = []
    const versionIndexes: number[] = []
    const others: number[] = []
    for (let versionIndex = 1; versionIndex < this.size; versionIndex++) {
      const key = releaseKey(this.candidates[versionIndex - 1]?.version ?? '')
      if (key === undefined) others.push(versionIndex)
      else {
        keys.push(key)
        versionIndexes.push(versionIndex)
      }
    }
    this.keys = keys
    this.versionIndexes = versionIndexes
    this.releases =
      others.length === 0 ? VersionSet.span(this.size, 1, this.size) : VersionSet.of(this.size, versionIndexes)
    this.others = others
  }

  /** Returns the versions that a range matches, by npm's rules. */
  matching(range: VersionRange): VersionSet {
    let found = VersionSet.empty(this.size)
    if (range.releases === undefined)
      return VersionSet.of(this.size, this.tested(range, [...this.versionIndexes, ...this.others]))
    for (const { from, to } of range.releases) {
      const begin = firstNotBelow(this.keys, from)
      const end = firstNotBelow(this.keys, to)
      if (end <= begin) continue
      const span = VersionSet.span(this.size, this.versionIndexes[begin] ?? 0, (this.versionIndexes[end - 1] ?? 0) + 1)
      found = found.union(this.others.length === 0 ? span : span.intersect(this.releases))
    }
    const others = this.others.filter((versionIndex) => range.namesPreRelease || !this.isPreRelease(versionIndex))
    return others.length === 0 ? found : found.union(VersionSet.of(this.size, this.tested(range, others)))
  }

  private tested(range: VersionRange, versionIndexes: readonly number[]): number[] {
    return versionIndexes.filter((versionIndex) => range.test(this.version(versionIndex)))
  }

  private isPreRelease(versionIndex: number): boolean {
    return this.candidates[versionIndex - 1]?.version.includes('-') === true
  }

  private version(versionIndex: number): semver.SemVer {
    let version = this.parsed.get(versionIndex)
    if (version === undefined) {
      version = new semver.SemVer(this.candidates[versionIndex - 1]?.version ?? '')
      this.parsed.set(versionIndex, version)
    }
    return version
  }
}

/** Sorts candidates only if needed: most sources return them in order. */
function inOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  for (let index = 1; index < candidates.length; index++) {
    const [before, after] = [candidates[index - 1], candidates[index]]
    if (before && after && compare(before, after) > 0) return [...candidates].sort(compare)
  }
  return candidates
}

function compare(a: Candidate, b: Candidate): number {
  const [keyOfA, keyOfB] = [releaseKey(a.version), releaseKey(b.version)]
  if (keyOfA !== undefined && keyOfB !== undefined) return keyOfA - keyOfB
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
