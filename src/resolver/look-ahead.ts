import type { PackageName } from '../schema/name.ts'
import { dependencyIncompatibility, widenIncompatibility } from './dependency-incompatibility.ts'
import type { KnownPackages } from './known-packages.ts'
import { LEFT_OUT, type Package } from './package.ts'
import type { PartialSolution } from './partial-solution.ts'
import type { Preference } from './preference.ts'
import type { Propagation } from './propagation.ts'
import { VersionSet } from './version-set.ts'

/** After so many versions of a package were refused one by one, the next are looked at together. */
const REFUSALS = 8
/** A package with so few versions is looked into whole at once. */
const FEW = 8

interface LookAheadParts {
  readonly known: KnownPackages
  readonly solution: PartialSolution
  readonly propagation: Propagation
  readonly preference: Preference
  /** looks into all versions of a package at the first conflict */
  readonly isThorough: boolean
}

/**
 * Decides how many versions of a package to look at together. To learn about versions one by one takes a conflict for each; to read all of
 * them costs more than most searches need.
 */
export class LookAhead {
  readonly #parts: LookAheadParts
  /** how many versions of each package were ruled out by what they require, by its index */
  readonly #refusals: number[] = []
  readonly #lookedInto = new Set<Package>()
  /** small packages of which something was not known yet, and how much was settled when they were looked for last */
  readonly #small: Package[] = []
  #settledBefore = 0

  constructor(parts: LookAheadParts) {
    this.#parts = parts
  }

  /**
   * Adds what all versions that a required package can still have require: it is required whatever is chosen. Only packages with few
   * versions are looked into. A conflict deep down that no choice avoids is then met without any choice.
   * @returns whether anything was added, and the names that must be known for more
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

  /** The versions to look at together with some that are in conflict, where the package was in several conflicts. */
  readonly inConflict = (pkg: Package, versions: VersionSet): VersionSet | undefined =>
    this.#parts.preference.isActive(pkg) ? this.among(pkg, versions.highest) : undefined

  /**
   * The versions to look at together with one: those before it, as many as were looked at so far and some more. A flaw that all versions
   * share is known soon that way, and where few have it not all are read.
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

  /** Counts a version that is ruled out by what it requires. True after several: they may share a flaw with more versions. */
  countRefusal(pkg: Package): boolean {
    const times = (this.#refusals[pkg.index] ?? 0) + 1
    this.#refusals[pkg.index] = times
    return times > REFUSALS
  }

  #addForAll(pkg: Package, name: PackageName): boolean {
    const { known, solution, propagation } = this.#parts
    const target = known.find(name)
    const versions = solution.allowed(pkg)
    const dependency = pkg.dependenciesAt(versions.highest).find(({ on }) => on === name)
    if (target === undefined || dependency === undefined) return false
    const narrow = dependencyIncompatibility(pkg, versions.highest, dependency, target)
    if (narrow === undefined) return false
    propagation.add(widenIncompatibility(narrow, target.anything, versions))
    return true
  }
}

/** The names that all of these versions of a package require. Reads no more versions than it takes to know. */
function neededByAll(pkg: Package, versions: VersionSet): PackageName[] {
  let common: PackageName[] | undefined
  for (const versionIndex of versions.versionIndexes().reverse()) {
    if (versionIndex === LEFT_OUT) continue
    const names = pkg.dependenciesAt(versionIndex).map(({ on }) => on)
    common = common?.filter((name) => names.includes(name)) ?? names
    if (common.length === 0) break
  }
  return common ?? []
}
