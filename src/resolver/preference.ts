import type { Candidate } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Package } from './package.ts'
import type { Problem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

const NOT_LOCKED = -1
/** More than there will be of anything counted here; its third power times three is still an exact number. */
const LIMIT = 2 ** 17
const TROUBLE = 2

interface PreferenceOptions {
  chosen?: ReadonlyMap<PackageName, Candidate>
  isThorough?: boolean
  isFree?: boolean
}

/** Which package to decide next, and which version of it to try first. Both are free choices: any gives a right answer. */
export class Preference {
  private readonly locked: Problem['locked']
  private readonly chosen: ReadonlyMap<PackageName, Candidate>
  private readonly trouble: number
  private readonly isFree: boolean
  private readonly declared: ReadonlyMap<PackageName, number>
  private readonly resolution: NonNullable<Problem['resolution']>
  /** by index of the package */
  private readonly conflicts: number[] = []
  private readonly standings: number[] = []
  private readonly lockedPlaces: number[] = []

  constructor(problem: Problem, { chosen = new Map(), isThorough = false, isFree = false }: PreferenceOptions = {}) {
    this.isFree = isFree
    this.chosen = chosen
    this.trouble = isThorough ? 0 : TROUBLE
    this.locked = problem.locked
    this.resolution = problem.resolution ?? 'highest'
    const required = problem.dependencies.filter(({ optional }) => !optional)
    this.declared = new Map(required.map(({ name }, order) => [name, order]))
  }

  /** Remembers that a package was part of a conflict: deciding it early makes the next conflicts small. */
  bumpActivity(pkg: Package): void {
    this.conflicts[pkg.index] = this.conflictsOf(pkg) + 1
  }

  /** Whether a package took part in so many conflicts that it pays to look into all its versions at once. */
  isActive(pkg: Package): boolean {
    return this.conflictsOf(pkg) >= this.trouble
  }

  /** The index of the version to try: the locked one where it is allowed, else the newest or the oldest. */
  version(pkg: Package, allowed: VersionSet): number {
    const chosen = this.chosen.get(pkg.name)
    if (chosen !== undefined) return pkg.candidates.indexOf(chosen) + 1
    if (this.keepsLock(pkg, allowed)) return this.lockedPlace(pkg)
    return this.isLowest(pkg) ? allowed.lowestVersion : allowed.highest
  }

  private isLowest(pkg: Package): boolean {
    return this.resolution === 'lowest' || (this.resolution === 'lowest-direct' && this.declared.has(pkg.name))
  }

  /**
   * How urgent it is to decide a package, the lower the more. One with a single version left is no choice, so it goes first. Then those
   * whose locked version is allowed, then direct dependencies as declared: so each of these gets the newest version that those before it
   * leave possible. Then those that took part in most conflicts, and those with the fewest versions left.
   */
  urgency(pkg: Package, allowed: VersionSet): number {
    const kind = allowed.count === 1 ? 0 : this.keepsLock(pkg, allowed) ? 1 : 2
    const standing = this.isFree ? 0 : Math.min(this.standing(pkg), LIMIT - 1)
    const calm = LIMIT - 1 - Math.min(this.conflictsOf(pkg), LIMIT - 1)
    return ((kind * LIMIT + standing) * LIMIT + calm) * LIMIT + Math.min(allowed.count, LIMIT - 1)
  }

  private keepsLock(pkg: Package, allowed: VersionSet): boolean {
    const versionIndex = this.lockedPlace(pkg)
    return versionIndex !== NOT_LOCKED && allowed.has(versionIndex)
  }

  private lockedPlace(pkg: Package): number {
    return (this.lockedPlaces[pkg.index] ??= this.findLocked(pkg))
  }

  private findLocked(pkg: Package): number {
    const locked = this.locked.get(pkg.name)
    return (locked === undefined ? undefined : pkg.versionIndexOf(locked)) ?? NOT_LOCKED
  }

  /** Direct dependencies as declared, then all others: the lower, the earlier. */
  private standing(pkg: Package): number {
    return (this.standings[pkg.index] ??= this.declared.get(pkg.name) ?? this.declared.size)
  }

  private conflictsOf(pkg: Package): number {
    return this.conflicts[pkg.index] ?? 0
  }
}
