import semver from 'semver'
import type { Candidate } from '../core/ports.ts'
import type { VersionRange } from './ranges.ts'
import { releaseKey } from './version-key.ts'
import { VersionSet } from './version-set.ts'

/** The versions of a package from the oldest to the newest, each at its place, which is 1 and up. */
export class SortedVersions {
  readonly candidates: readonly Candidate[]
  /** how many states a package with these versions has */
  readonly size: number
  /** keys and places of the releases, in their order; empty where one has no key */
  private readonly keys: readonly number[]
  private readonly places: readonly number[]
  private readonly releases: VersionSet
  /** places that keys say nothing about */
  private readonly others: readonly number[]
  private readonly parsed = new Map<number, semver.SemVer>()

  constructor(candidates: readonly Candidate[]) {
    this.candidates = inOrder(candidates)
    this.size = candidates.length + 1
    const keys: number[] = []
    const places: number[] = []
    const others: number[] = []
    for (let place = 1; place < this.size; place++) {
      const key = releaseKey(this.candidates[place - 1]?.version ?? '')
      if (key === undefined) others.push(place)
      else {
        keys.push(key)
        places.push(place)
      }
    }
    this.keys = keys
    this.places = places
    this.releases = others.length === 0 ? VersionSet.span(this.size, 1, this.size) : VersionSet.of(this.size, places)
    this.others = others
  }

  /** The versions that a range matches, by npm's rules. */
  matching(range: VersionRange): VersionSet {
    let found = VersionSet.empty(this.size)
    if (range.releases === undefined)
      return VersionSet.of(this.size, this.tested(range, [...this.places, ...this.others]))
    for (const { from, to } of range.releases) {
      const begin = firstNotBelow(this.keys, from)
      const end = firstNotBelow(this.keys, to)
      if (end <= begin) continue
      const span = VersionSet.span(this.size, this.places[begin] ?? 0, (this.places[end - 1] ?? 0) + 1)
      found = found.union(this.others.length === 0 ? span : span.intersect(this.releases))
    }
    const others = this.others.filter((place) => range.namesPreRelease || !this.isPreRelease(place))
    return others.length === 0 ? found : found.union(VersionSet.of(this.size, this.tested(range, others)))
  }

  private tested(range: VersionRange, places: readonly number[]): number[] {
    return places.filter((place) => range.test(this.version(place)))
  }

  private isPreRelease(place: number): boolean {
    return this.candidates[place - 1]?.version.includes('-') === true
  }

  private version(place: number): semver.SemVer {
    let version = this.parsed.get(place)
    if (version === undefined) {
      version = new semver.SemVer(this.candidates[place - 1]?.version ?? '')
      this.parsed.set(place, version)
    }
    return version
  }
}

/** Sources mostly have them in order: then nothing is sorted. */
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

/** The index of the first of ascending numbers that is not below a limit. */
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
