import semver from 'semver'
import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { type RequiredDependency, requiredDependencies, rootDependencies } from './required-dependency.ts'
import { type Barred, judge } from './eligibility.ts'
import { GroupedDependencies, type SharedDependency } from './grouped-dependencies.ts'
import type { ResolveProblem } from './problem.ts'
import type { Ranges } from './ranges.ts'
import { SortedVersions } from './sorted-versions.ts'
import type { VersionKeys } from './version-key.ts'
import { VersionSet } from './version-set.ts'

/** What a range matches of a package. */
export interface Match {
  /** the range, on its own */
  readonly ranges: readonly string[]
  /** the eligible versions that it matches */
  readonly versions: VersionSet
  /** the term that the package is in another version, or left out */
  readonly others: { readonly package: Package; readonly versions: VersionSet }
}

/** What all packages of a resolution share. */
export interface Surroundings {
  readonly problem: ResolveProblem
  readonly ranges: Ranges
  readonly versionKeys: VersionKeys
  /** the names to consider; undefined means all */
  readonly only: ReadonlySet<PackageName> | undefined
}

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

  private readonly surroundings: Surroundings
  private readonly versions: SortedVersions
  private readonly matches = new Map<string, Match>()
  private readonly dependencies: (readonly RequiredDependency[] | undefined)[] = []
  private grouped: GroupedDependencies | undefined

  private constructor(
    causes: Pick<Package, 'index' | 'name' | 'isRoot' | 'exists' | 'candidates' | 'barred'>,
    surroundings: Surroundings,
  ) {
    this.index = causes.index
    this.name = causes.name
    this.isRoot = causes.isRoot
    this.exists = causes.exists
    this.versions = new SortedVersions(causes.candidates, surroundings.versionKeys)
    this.candidates = this.versions.candidates
    this.barred = causes.barred
    this.anything = VersionSet.full(this.versions.size)
    this.anyVersion = VersionSet.span(this.versions.size, 1, this.versions.size)
    this.surroundings = surroundings
  }

  /** Makes a package of a registry, or a name that doesn't exist there. */
  static published(index: number, found: PackageDocument | PackageName, surroundings: Surroundings): Package {
    const exists = typeof found !== 'string'
    const { eligible, barred } = exists ? judge(found, surroundings.problem) : { eligible: [], barred: [] }
    const name = exists ? found.name : found
    return new Package({ index, name, isRoot: false, exists, candidates: eligible, barred }, surroundings)
  }

  /** Makes the root, as a package with one version that nothing can depend on. */
  static root(surroundings: Surroundings): Package {
    const candidate: Candidate = {
      version: '0.0.0' as Version, // a valid version that is never shown
      dependencies: surroundings.problem.dependencies,
      features: {},
      conditions: {},
      yanked: false,
    }
    const name = '.' as PackageName // not a valid package name, so no package can be mistaken for the root
    const causes = { index: 0, name, isRoot: true, exists: true, candidates: [candidate], barred: [] }
    return new Package(causes, surroundings)
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
    return this.surroundings.problem.overrides.has(this.name)
  }

  /** Returns what a range matches, cached. */
  match(range: string): Match {
    let match = this.matches.get(range)
    if (match === undefined) {
      const versions = this.versions.matching(this.surroundings.ranges.parse(range))
      match = { ranges: [range], versions, others: { package: this, versions: versions.complement() } }
      this.matches.set(range, match)
    }
    return match
  }

  /** Returns the eligible versions that a range matches. */
  matching(range: string): VersionSet {
    return this.match(range).versions
  }

  /** Returns the ranges requested so far that match exactly this set, for messages. */
  rangesMatching(set: VersionSet): string[] {
    return [...this.matches].filter(([, { versions }]) => versions.equals(set)).map(([range]) => range)
  }

  /** Returns the ineligible versions that a range matches. */
  barredMatching(range: string): Barred[] {
    const parsed = this.surroundings.ranges.parse(range)
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

  /** The versions whose dependencies are already grouped. */
  get gathered(): VersionSet {
    return this.groups.gathered
  }

  /**
   * Returns what versions require of one package, grouped by equal requirements.
   * @param among versions to read, besides those read before
   */
  dependenciesOn(name: PackageName, among: VersionSet): SharedDependency[] {
    return this.groups.on(name, among)
  }

  private get groups(): GroupedDependencies {
    return (this.grouped ??= new GroupedDependencies(this.anything.size, (index) => this.dependenciesAt(index)))
  }

  private read(versionIndex: number): readonly RequiredDependency[] {
    const { only, problem } = this.surroundings
    const dependencies = this.isRoot
      ? rootDependencies(problem)
      : requiredDependencies(this.candidate(versionIndex), problem)
    return only === undefined ? dependencies : dependencies.filter(({ name }) => only.has(name))
  }
}
