import type { PackageName } from '../schema/name.ts'
import type { Package } from './package.ts'
import type { PartialSolution } from './partial-solution.ts'
import type { Problem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

/** Which package to decide next, and which version of it to try first. Both are free choices: any gives a right answer. */
export class Preference {
  private readonly locked: Problem['locked']
  private readonly directOrder: ReadonlyMap<PackageName, number>
  private readonly conflicts: number[] = []

  constructor(problem: Problem) {
    this.locked = problem.locked
    this.directOrder = new Map(problem.dependencies.map(({ name }, order) => [name, order]))
  }

  /** Remembers that these packages were part of a conflict: deciding them early keeps conflicts small. */
  blame(packages: Iterable<Package>): void {
    for (const pkg of packages) this.conflicts[pkg.index] = this.conflictsOf(pkg) + 1
  }

  /** The place of the version to try: the locked one where it is allowed, else the newest. */
  version(pkg: Package, allowed: VersionSet): number {
    const locked = this.locked.get(pkg.name)
    const place = locked === undefined ? undefined : pkg.placeOf(locked)
    return place !== undefined && allowed.has(place) ? place : allowed.highest
  }

  /** The most urgent of the packages without a version, undefined where there is none. */
  next(solution: PartialSolution): Package | undefined {
    let best: Package | undefined
    for (const pkg of solution.open) {
      if (best === undefined || this.isBefore(pkg, best, solution)) best = pkg
    }
    return best
  }

  /**
   * One with a single version left is no choice, so it goes first. Then those that took part in most conflicts, then
   * those that are locked, then direct dependencies as declared, then in the order the packages were met.
   */
  private isBefore(a: Package, b: Package, solution: PartialSolution): boolean {
    const forced = Number(isForced(b, solution)) - Number(isForced(a, solution))
    const order =
      forced ||
      this.conflictsOf(b) - this.conflictsOf(a) ||
      Number(this.locked.has(b.name)) - Number(this.locked.has(a.name)) ||
      this.directOrderOf(a) - this.directOrderOf(b) ||
      a.index - b.index
    return order < 0
  }

  private conflictsOf(pkg: Package): number {
    return this.conflicts[pkg.index] ?? 0
  }

  private directOrderOf(pkg: Package): number {
    return this.directOrder.get(pkg.name) ?? this.directOrder.size
  }
}

function isForced(pkg: Package, solution: PartialSolution): boolean {
  return solution.allowed(pkg).count === 1
}
