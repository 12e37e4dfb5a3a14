import type { PackageName } from '../schema/name.ts'
import { dependencyIncompatibility, widenIncompatibility } from './dependency-incompatibility.ts'
import type { KnownPackages } from './known-packages.ts'
import type { Package } from './package.ts'
import type { PartialSolution } from './partial-solution.ts'
import type { Preference } from './preference.ts'
import type { Propagation } from './propagation.ts'
import { LEFT_OUT, VersionSet } from './version-set.ts'

/** After this many versions of a package were refused one by one, the next ones are looked at together. */
const REFUSALS = 8
/** A package with at most this many versions is read completely at once. */
const FEW = 8

interface LookAheadParts {
  readonly known: KnownPackages
  readonly solution: PartialSolution
  readonly propagation: Propagation
  readonly preference: Preference
  /** reads all versions of a package at the first conflict */
  readonly isThorough: boolean
}

/**
 * Decides how many versions of a package to look at together. Learning about versions one by one takes a conflict for
 * each; reading all of them costs more than most searches need.
 */
export class LookAhead {
  readonly #parts: LookAheadParts
  /** how many versions of each package were ruled out by their dependencies, by package index */
  readonly #refusals: number[] = []
  readonly #lookedInto = new Set<Package>()
  /** small packages with unknown dependencies, and how much was settled when they were last looked for */
  readonly #small: Package[] = []
  #settledBefore = 0

  constructor(parts: LookAheadParts) {
    this.#parts = parts
  }

  /**
   * Adds what all remaining versions of a required package require: whatever is chosen, it is required. Only packages
   * with few versions are read. This finds conflicts deep down that no decision avoids before any decision is made.
   * @returns whether anything was added, and the names needed for more
   */
  intoSmall(): { isNews: boolean; names: PackageName[] } {
    const { known, solution } = this.#parts
    const names = new Set<PackageName>()
    let isNews = false
    const waiting = [...this.#small.splice(0), ...solution.settledSince(this.#settledBefore)]
    this.#settledBefore = solution.size
    for (const pkg of waiting) {
      if (pkg.candidates.length > FEW || this.#lookedInto.has(pkg) || !solution.isUndecided(pkg)) continue
      const common = neededByAll(pkg, solution.allowed(pkg))
      const unknown = common.filter((name) => known.find(name) === undefined)
      for (const name of unknown) names.add(name)
      if (unknown.length > 0) {
        this.#small.push(pkg)
        continue
      }
      this.#lookedInto.add(pkg)
      for (const name of common) isNews = this.#addForAll(pkg, name) || isNews
    }
    return { isNews, names: [...names].sort() }
  }

  /** Returns the versions to look at together with those in conflict, if the package was in several conflicts. */
  readonly inConflict = (pkg: Package, versions: VersionSet): VersionSet | undefined =>
    this.#parts.preference.isActive(pkg) ? this.among(pkg, versions.highest) : undefined

  /**
   * Returns the versions to look at together with one: earlier versions, as many as were looked at so far and a few
   * more. A flaw that all versions share is found soon, and a flaw that few versions have doesn't cost reading all of
   * them.
   */
  among(pkg: Package, versionIndex: number): VersionSet {
    if (this.#parts.isThorough) return pkg.anyVersion
    const { gathered } = pkg
    if (gathered.has(versionIndex)) return gathered
    const choices = this.#parts.solution.choices(pkg)
    const next: number[] = []
    for (let at = versionIndex; at > LEFT_OUT && next.length < Math.max(FEW, gathered.count); at--)
      if (choices.has(at) && !gathered.has(at)) next.push(at)
    return gathered.union(VersionSet.of(pkg.anything.size, next))
  }

  /** Counts a version that is ruled out by its dependencies. True after several: more versions may share the flaw. */
  countRefusal(pkg: Package): boolean {
    const times = (this.#refusals[pkg.index] ?? 0) + 1
    this.#refusals[pkg.index] = times
    return times > REFUSALS
  }

  #addForAll(pkg: Package, name: PackageName): boolean {
    const { known, solution, propagation } = this.#parts
    const target = known.find(name)
    const versions = solution.allowed(pkg)
    const dependency = pkg.dependenciesAt(versions.highest).find((each) => each.name === name)
    if (target === undefined || dependency === undefined) return false
    const dependent = { package: pkg, versions: VersionSet.single(pkg.anything.size, versions.highest) }
    const narrow = dependencyIncompatibility(dependent, dependency.requirement, target)
    if (narrow === undefined) return false
    propagation.add(widenIncompatibility(narrow, target.anything, versions))
    return true
  }
}

/** Returns the names that all of these versions of a package require. Reads no more versions than needed. */
function neededByAll(pkg: Package, versions: VersionSet): PackageName[] {
  let common: PackageName[] | undefined
  for (const versionIndex of versions.versionIndexes().reverse()) {
    if (versionIndex === LEFT_OUT) continue
    const names = pkg.dependenciesAt(versionIndex).map(({ name }) => name)
    common = common?.filter((name) => names.includes(name)) ?? names
    if (common.length === 0) break
  }
  return common ?? []
}
