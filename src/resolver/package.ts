import semver from 'semver'
import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { type Demand, gatherDemands } from './demand.ts'
import { type Barred, judge } from './eligibility.ts'
import type { Problem } from './problem.ts'
import type { Ranges } from './ranges.ts'
import { VersionSet } from './version-set.ts'

/** The place in a version set that means: this package is left out. */
export const LEFT_OUT = 0

/** One package as the solver sees it: its eligible versions, oldest first, and what each of them demands. */
export class Package {
  /** numbers packages in the order in which they were met */
  readonly index: number
  readonly name: PackageName
  readonly isRoot: boolean
  /** false where the source knows no package of this name */
  readonly exists: boolean
  /** eligible ones, oldest first: the candidate at place 1 comes first */
  readonly candidates: readonly Candidate[]
  /** published, but not eligible */
  readonly barred: readonly Barred[]
  /** every state: left out, and each version */
  readonly anything: VersionSet
  /** every version, not left out */
  readonly anyVersion: VersionSet

  private readonly ranges: Ranges
  private readonly overrides: Problem['overrides']
  private readonly parsed: readonly semver.SemVer[]
  private readonly matches = new Map<string, VersionSet>()
  private demandsByPlace: readonly (readonly Demand[])[] | undefined

  private constructor(
    facts: Pick<Package, 'index' | 'name' | 'isRoot' | 'exists' | 'candidates' | 'barred'>,
    ranges: Ranges,
    overrides: Problem['overrides'],
  ) {
    this.index = facts.index
    this.name = facts.name
    this.isRoot = facts.isRoot
    this.exists = facts.exists
    const sorted = facts.candidates
      .map((candidate) => ({ candidate, parsed: new semver.SemVer(candidate.version) }))
      .sort((a, b) => a.parsed.compare(b.parsed))
    this.candidates = sorted.map(({ candidate }) => candidate)
    this.parsed = sorted.map(({ parsed }) => parsed)
    this.barred = facts.barred
    this.anything = VersionSet.full(sorted.length + 1)
    this.anyVersion = this.anything.minus(VersionSet.of(sorted.length + 1, [LEFT_OUT]))
    this.ranges = ranges
    this.overrides = overrides
  }

  /** A package of a registry; `document` is null where there is none of this name. */
  static published(
    index: number,
    name: PackageName,
    document: PackageDocument | null,
    problem: Problem,
    ranges: Ranges,
  ): Package {
    const { eligible, barred } = document === null ? { eligible: [], barred: [] } : judge(document, problem)
    const facts = { index, name, isRoot: false, exists: document !== null, candidates: eligible, barred }
    return new Package(facts, ranges, problem.overrides)
  }

  /** What is being resolved, as a package of one version that nothing can depend on. */
  static root(problem: Problem, ranges: Ranges): Package {
    const candidate: Candidate = {
      version: '0.0.0' as Version, // a valid version, and never shown
      dependencies: problem.dependencies,
      features: {},
      conditions: {},
      yanked: false,
    }
    const name = '.' as PackageName // not a name a package can have, so that none is mistaken for the root
    return new Package(
      { index: 0, name, isRoot: true, exists: true, candidates: [candidate], barred: [] },
      ranges,
      problem.overrides,
    )
  }

  candidate(place: number): Candidate {
    const candidate = this.candidates[place - 1]
    if (candidate === undefined) throw new RangeError(`${this.name} has no version at place ${place}`)
    return candidate
  }

  /** The place of a version, undefined where it is not eligible. */
  placeOf(version: Version): number | undefined {
    const index = this.candidates.findIndex((candidate) => candidate.version === version)
    return index < 0 ? undefined : index + 1
  }

  /** The eligible versions that a range matches. Worked out when first asked for, then remembered. */
  matching(range: string): VersionSet {
    let set = this.matches.get(range)
    if (set === undefined) {
      const parsed = this.ranges.parse(range)
      const places: number[] = []
      if (parsed !== null) this.parsed.forEach((version, index) => parsed.test(version) && places.push(index + 1))
      set = VersionSet.of(this.anything.size, places)
      this.matches.set(range, set)
    }
    return set
  }

  /** Ranges asked for so far that match exactly this set: how the set was called where it came from. */
  rangesMatching(set: VersionSet): string[] {
    return [...this.matches].filter(([, matched]) => matched.equals(set)).map(([range]) => range)
  }

  /** The ineligible versions that a range matches. */
  barredMatching(range: string): Barred[] {
    const parsed = this.ranges.parse(range)
    return parsed === null ? [] : this.barred.filter(({ candidate }) => parsed.test(candidate.version))
  }

  /** Eligible pre-releases that a range would match, were it not for the rule that it must name one. */
  preReleasesNear(range: string): Version[] {
    return this.candidates
      .map(({ version }) => version)
      .filter((version) => semver.satisfies(version, range, { includePrerelease: true }) && version.includes('-'))
  }

  /** All versions there are, eligible or not, oldest first. */
  publishedVersions(): Version[] {
    return [...this.candidates, ...this.barred.map(({ candidate }) => candidate)]
      .map(({ version }) => version)
      .sort((a, b) => semver.compare(a, b))
  }

  /** What the version at a place requires. Gathered for all versions at once, when first asked for. */
  demandsAt(place: number): readonly Demand[] {
    this.demandsByPlace ??= gatherDemands(this, this.overrides)
    return this.demandsByPlace[place] ?? []
  }
}
