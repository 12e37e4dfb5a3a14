import type { PackageName } from '../schema/name.ts'
import type { Package } from './package.ts'
import type { Problem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

const NOT_LOCKED = -1

/** Which package to decide next, and which version of it to try first. Both are free choices: any gives a right answer. */
export class Preference {
  private readonly locked: Problem['locked']
  private readonly declared: ReadonlyMap<PackageName, number>
  /** by index of the package */
  private readonly conflicts: number[] = []
  private readonly standings: number[] = []
  private readonly lockedPlaces: number[] = []

  constructor(problem: Problem) {
    this.locked = problem.locked
    const required = problem.dependencies.filter(({ optional }) => !optional)
    this.declared = new Map(required.map(({ name }, order) => [name, order]))
  }

  /** Remembers that a package was part of a conflict: deciding it early makes the next conflicts small. */
  blame(pkg: Package): void {
    this.conflicts[pkg.index] = this.conflictsOf(pkg) + 1
  }

  /** The place of the version to try: the locked one where it is allowed, else the newest. */
  version(pkg: Package, allowed: VersionSet): number {
    return this.keepsLock(pkg, allowed) ? this.lockedPlace(pkg) : allowed.highest
  }

  /**
   * One with a single version left is no choice, so it goes first. Then those whose locked version is allowed, then
   * direct dependencies as declared: so each of these gets the newest version that those before it leave possible. Then
   * those that took part in most conflicts, those with the fewest versions left, and those that were met first.
   */
  isBefore(a: Package, allowedOfA: VersionSet, b: Package, allowedOfB: VersionSet): boolean {
    const isForced = allowedOfA.count === 1
    if (isForced !== (allowedOfB.count === 1)) return isForced
    const keepsLock = this.keepsLock(a, allowedOfA)
    if (keepsLock !== this.keepsLock(b, allowedOfB)) return keepsLock
    const order =
      this.standing(a) - this.standing(b) ||
      this.conflictsOf(b) - this.conflictsOf(a) ||
      allowedOfA.count - allowedOfB.count ||
      a.index - b.index
    return order < 0
  }

  private keepsLock(pkg: Package, allowed: VersionSet): boolean {
    const place = this.lockedPlace(pkg)
    return place !== NOT_LOCKED && allowed.has(place)
  }

  private lockedPlace(pkg: Package): number {
    return (this.lockedPlaces[pkg.index] ??= this.findLocked(pkg))
  }

  private findLocked(pkg: Package): number {
    const locked = this.locked.get(pkg.name)
    return (locked === undefined ? undefined : pkg.placeOf(locked)) ?? NOT_LOCKED
  }

  /** Direct dependencies as declared, then all others: the lower, the earlier. */
  private standing(pkg: Package): number {
    return (this.standings[pkg.index] ??= this.declared.get(pkg.name) ?? this.declared.size)
  }

  private conflictsOf(pkg: Package): number {
    return this.conflicts[pkg.index] ?? 0
  }
}
