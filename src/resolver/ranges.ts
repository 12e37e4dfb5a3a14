import semver from 'semver'
import { type Interval, readComparators } from './comparators.ts'
import { versionKey } from './version-key.ts'

/** A version range by npm's rules, in a form that matches fast. A string that is not a range matches nothing. */
export class VersionRange {
  readonly text: string
  /** the releases it matches; undefined if its numbers are too large for keys */
  readonly releases: readonly Interval[] | undefined
  /** whether it names a pre-release, so that pre-releases may match */
  readonly namesPreRelease: boolean
  private full: semver.Range | null | undefined

  constructor(text: string, releases: readonly Interval[] | undefined, namesPreRelease: boolean) {
    this.text = text
    this.releases = releases
    this.namesPreRelease = namesPreRelease
  }

  /** Returns whether it matches a version of any kind. Slow. */
  test(version: semver.SemVer): boolean {
    this.full ??= rangeOf(this.text)
    return this.full?.test(version) === true
  }
}

/** Reads version ranges, each once. Common ways to write them are read here, which is much faster than `semver`. */
export class Ranges {
  private readonly read = new Map<string, VersionRange>()

  parse(text: string): VersionRange {
    let range = this.read.get(text)
    if (range === undefined) {
      range = readCommon(text) ?? readAny(text)
      this.read.set(text, range)
    }
    return range
  }
}

/** Reads ranges without pre-releases. A test compares this with semver. */
function readCommon(text: string): VersionRange | undefined {
  const intervals: Interval[] = []
  for (const alternative of text.includes('|') ? text.split('||') : [text]) {
    const interval = readComparators(alternative.trim())
    if (interval === undefined) return undefined
    intervals.push(interval)
  }
  return new VersionRange(text, intervals, false)
}

function readAny(text: string): VersionRange {
  const full = rangeOf(text)
  if (full === null) return new VersionRange(text, [], false)
  const intervals = full.set.map(intervalOf)
  const known = intervals.filter((interval) => interval !== undefined)
  const namesAny = full.set.some((comparators) => comparators.some(namesPreRelease))
  return new VersionRange(text, known.length === intervals.length ? known : undefined, namesAny)
}

function rangeOf(text: string): semver.Range | null {
  return semver.validRange(text) === null ? null : new semver.Range(text)
}

/** Returns the releases that comparators allow. A release never equals the pre-release that a comparator may name. */
function intervalOf(comparators: readonly semver.Comparator[]): Interval | undefined {
  let from = 0
  let to = Infinity
  for (const { operator, semver: version } of comparators) {
    // The comparator of `*` has no version.
    if (!(version instanceof semver.SemVer)) continue
    const key = versionKey(version.major, version.minor, version.patch)
    if (key === undefined) return undefined
    const isRelease = version.prerelease.length === 0
    const after = isRelease ? key + 1 : key
    if (operator === '>=') from = Math.max(from, key)
    else if (operator === '>') from = Math.max(from, after)
    else if (operator === '<') to = Math.min(to, key)
    else if (operator === '<=') to = Math.min(to, after)
    else [from, to] = [Math.max(from, key), Math.min(to, after)]
  }
  return { from, to }
}

/** `<2.0.0-0` is how semver writes the end of `^1.0.0`: no version of 2.0.0 comes before it. */
function namesPreRelease({ operator, semver: version }: semver.Comparator): boolean {
  if (!(version instanceof semver.SemVer) || version.prerelease.length === 0) return false
  return !(operator === '<' && version.prerelease.length === 1 && version.prerelease[0] === 0)
}
