import semver from 'semver'
import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import {
  type RequiredDependency,
  requiredDependencies,
  rootDependencies,
  type SharedDependency,
} from './required-dependency.ts'
import { type Barred, judge } from './eligibility.ts'
import type { ResolveProblem } from './problem.ts'
import type { Ranges } from './ranges.ts'
import { SortedVersions } from './sorted-versions.ts'
import { VersionSet } from './version-set.ts'

/** The index in a version set for "this package is left out". */
export const LEFT_OUT = 0

/** One package as the solver sees it: its eligible versions, oldest first, and what each of them requires. */
export class Package {
  /** the order in which packages were met */
  readonly index: number
  readonly name: PackageName
  readonly isRoot: boolean
  /** false if the source has no package of this name */
  readonly exists: boolean
  /** eligible ones, oldest first: the candidate at index 1 comes first */
  readonly candidates: readonly Candidate[]
  /** published, but not eligible */
  readonly barred: readonly Barred[]
  /** every state: left out, and each version */
  readonly anything: VersionSet
  /** every version, not left out */
  readonly anyVersion: VersionSet

  private readonly ranges: Ranges
  private readonly problem: ResolveProblem
  /** the names to consider; undefined means all */
  private readonly only: ReadonlySet<PackageName> | undefined
  private readonly versions: SortedVersions
  private readonly matches = new Map<string, VersionSet>()
  private readonly dependencies: (readonly RequiredDependency[] | undefined)[] = []
  /** the versions whose dependencies are already grouped */
  gathered: VersionSet
  private readonly sharedDemands = new Map<PackageName, Map<string, VersionSet>>()

  private constructor(
    causes: Pick<Package, 'index' | 'name' | 'isRoot' | 'exists' | 'candidates' | 'barred'>,
    problem: ResolveProblem,
    ranges: Ranges,
    only: ReadonlySet<PackageName> | undefined,
  ) {
    this.index = causes.index
    this.name = causes.name
    this.isRoot = causes.isRoot
    this.exists = causes.exists
    this.versions = new SortedVersions(causes.candidates)
    this.candidates = this.versions.candidates
    this.barred = causes.barred
    this.anything = VersionSet.full(this.versions.size)
    this.anyVersion = VersionSet.span(this.versions.size, 1, this.versions.size)
    this.ranges = ranges
    this.problem = problem
    this.only = only
    this.gathered = VersionSet.empty(this.versions.size)
  }

  /** Makes a package of a registry, or a name that doesn't exist there. */
  static published(
    index: number,
    found: PackageDocument | PackageName,
    problem: ResolveProblem,
    ranges: Ranges,
    only?: ReadonlySet<PackageName>,
  ): Package {
    const exists = typeof found !== 'string'
    const { eligible, barred } = exists ? judge(found, problem) : { eligible: [], barred: [] }
    const name = exists ? found.name : found
    return new Package({ index, name, isRoot: false, exists, candidates: eligible, barred }, problem, ranges, only)
  }

  /** Makes the root, as a package with one version that nothing can depend on. */
  static root(problem: ResolveProblem, ranges: Ranges, only?: ReadonlySet<PackageName>): Package {
    const candidate: Candidate = {
      version: '0.0.0' as Version, // a valid version that is never shown
      dependencies: problem.dependencies,
      features: {},
      conditions: {},
      yanked: false,
    }
    const name = '.' as PackageName // not a valid package name, so no package can be mistaken for the root
    const causes = { index: 0, name, isRoot: true, exists: true, candidates: [candidate], barred: [] }
    return new Package(causes, problem, ranges, only)
  }

  candidate(versionIndex: number): Candidate {
    const candidate = this.candidates[versionIndex - 1]
    if (candidate === undefined) throw new RangeError(`${this.name} has no version at index ${versionIndex}`)
    return candidate
  }

  /** Returns the index of a version, or undefined if it is not eligible. */
  versionIndexOf(version: Version): number | undefined {
    const index = this.candidates.findIndex((candidate) => candidate.version === version)
    return index < 0 ? undefined : index + 1
  }

  /** Whether the root overrides the versions of this package. */
  get isOverridden(): boolean {
    return this.problem.overrides.has(this.name)
  }

  /** Returns the eligible versions that a range matches, cached. */
  matching(range: string): VersionSet {
    let set = this.matches.get(range)
    if (set === undefined) {
      set = this.versions.matching(this.ranges.parse(range))
      this.matches.set(range, set)
    }
    return set
  }

  /** Returns the ranges requested so far that match exactly this set, for messages. */
  rangesMatching(set: VersionSet): string[] {
    return [...this.matches].filter(([, matched]) => matched.equals(set)).map(([range]) => range)
  }

  /** Returns the ineligible versions that a range matches. */
  barredMatching(range: string): Barred[] {
    const parsed = this.ranges.parse(range)
    return this.barred.filter(({ candidate }) => parsed.test(new semver.SemVer(candidate.version)))
  }

  /** Returns the eligible pre-releases that a range would match without the pre-release rule. */
  preReleasesNear(range: string): Version[] {
    return this.candidates
      .map(({ version }) => version)
      .filter((version) => semver.satisfies(version, range, { includePrerelease: true }) && version.includes('-'))
  }

  /** Returns all versions, eligible or not, oldest first. */
  publishedVersions(): Version[] {
    return [...this.candidates, ...this.barred.map(({ candidate }) => candidate)]
      .map(({ version }) => version)
      .sort((a, b) => semver.compare(a, b))
  }

  /** Returns the dependencies of the version at an index, read on first use. */
  dependenciesAt(versionIndex: number): readonly RequiredDependency[] {
    return (this.dependencies[versionIndex] ??= this.read(versionIndex))
  }

  /**
   * Returns what versions require of one package, grouped by equal requirements.
   * @param among versions to read, besides those read before
   */
  dependenciesOn(name: PackageName, among: VersionSet): SharedDependency[] {
    this.gather(among)
    return [...(this.sharedDemands.get(name) ?? [])].map(([range, versions]) => ({ range, versions }))
  }

  private read(versionIndex: number): readonly RequiredDependency[] {
    const { only, problem } = this
    const dependencies = this.isRoot
      ? rootDependencies(problem)
      : requiredDependencies(this.candidate(versionIndex), problem)
    return only === undefined ? dependencies : dependencies.filter(({ on }) => only.has(on))
  }

  private gather(among: VersionSet): void {
    if (among.isSubsetOf(this.gathered)) return
    const fresh = new Map<PackageName, Map<string, number[]>>()
    for (const versionIndex of among.minus(this.gathered).versionIndexes()) {
      if (versionIndex === LEFT_OUT) continue
      for (const { on, range } of this.dependenciesAt(versionIndex)) {
        const byRange = fresh.get(on) ?? new Map<string, number[]>()
        fresh.set(on, byRange)
        const alike = byRange.get(range)
        if (alike === undefined) byRange.set(range, [versionIndex])
        else alike.push(versionIndex)
      }
    }
    this.gathered = this.gathered.union(among)
    for (const [on, byRange] of fresh) {
      const known = this.sharedDemands.get(on) ?? new Map<string, VersionSet>()
      this.sharedDemands.set(on, known)
      for (const [range, versionIndexes] of byRange) {
        const versions = VersionSet.of(this.anything.size, versionIndexes)
        known.set(range, known.get(range)?.union(versions) ?? versions)
      }
    }
  }
}
