import type { Candidate } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Urgency } from './decision-queue.ts'
import type { Package } from './package.ts'
import type { ResolveProblem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

const NOT_LOCKED = -1
/** More than anything counted here: two such numbers together are still a small integer. */
const LIMIT = 2 ** 15
const TROUBLE = 2

interface PreferenceOptions {
  chosen?: ReadonlyMap<PackageName, Candidate>
  isThorough?: boolean
  isFree?: boolean
}

/** Which package to decide next, and which of its versions to try first. Every choice gives a correct answer. */
export class Preference {
  private readonly locked: ResolveProblem['locked']
  private readonly chosen: ReadonlyMap<PackageName, Candidate>
  private readonly trouble: number
  private readonly isFree: boolean
  private readonly declared: ReadonlyMap<PackageName, number>
  private readonly resolution: NonNullable<ResolveProblem['resolution']>
  /** by package index */
  private readonly conflicts: number[] = []
  private readonly ranks: number[] = []
  private readonly lockedIndexes: number[] = []

  constructor(
    problem: ResolveProblem,
    { chosen = new Map(), isThorough = false, isFree = false }: PreferenceOptions = {},
  ) {
    this.isFree = isFree
    this.chosen = chosen
    this.trouble = isThorough ? 0 : TROUBLE
    this.locked = problem.locked
    this.resolution = problem.resolution ?? 'highest'
    const required = problem.dependencies.filter(({ optional }) => !optional)
    this.declared = new Map(required.map(({ name }, order) => [name, order]))
  }

  /** Records that a package was in a conflict: deciding it early keeps later conflicts small. */
  bumpActivity(pkg: Package): void {
    this.conflicts[pkg.index] = this.conflictsOf(pkg) + 1
  }

  /** Returns whether a package was in enough conflicts to be worth looking at all its versions at once. */
  isActive(pkg: Package): boolean {
    return this.conflictsOf(pkg) >= this.trouble
  }

  /** Returns the index of the version to try: the locked one if it is allowed, otherwise the newest or oldest. */
  version(pkg: Package, allowed: VersionSet): number {
    const chosen = this.chosen.size === 0 ? undefined : this.chosen.get(pkg.name)
    if (chosen !== undefined) return pkg.candidates.indexOf(chosen) + 1
    if (this.keepsLock(pkg, allowed)) return this.lockedIndex(pkg)
    return this.isLowest(pkg) ? allowed.lowestVersion : allowed.highest
  }

  private isLowest(pkg: Package): boolean {
    return this.resolution === 'lowest' || (this.resolution === 'lowest-direct' && this.declared.has(pkg.name))
  }

  /**
   * Returns how urgent it is to decide a package; lower is more urgent. First, packages with a single version left,
   * where there is nothing to choose. Then those whose locked version is allowed, then direct dependencies in declared
   * order, so that each gets the newest version that those before it allow. Then those with the most conflicts, and
   * those with the fewest versions left.
   */
  urgency(pkg: Package, allowed: VersionSet): Urgency {
    const kind = allowed.count === 1 ? 0 : this.keepsLock(pkg, allowed) ? 1 : 2
    const rank = this.isFree ? 0 : this.rank(pkg)
    const calm = LIMIT - 1 - Math.min(this.conflictsOf(pkg), LIMIT - 1)
    return { rank: kind * LIMIT + Math.min(rank, LIMIT - 1), order: calm * LIMIT + Math.min(allowed.count, LIMIT - 1) }
  }

  private keepsLock(pkg: Package, allowed: VersionSet): boolean {
    if (this.locked.size === 0) return false
    const versionIndex = this.lockedIndex(pkg)
    return versionIndex !== NOT_LOCKED && allowed.has(versionIndex)
  }

  private lockedIndex(pkg: Package): number {
    return (this.lockedIndexes[pkg.index] ??= this.findLocked(pkg))
  }

  private findLocked(pkg: Package): number {
    const locked = this.locked.get(pkg.name)
    return (locked === undefined ? undefined : pkg.versionIndexOf(locked)) ?? NOT_LOCKED
  }

  /** Ranks direct dependencies in declared order, then all others; lower is earlier. */
  private rank(pkg: Package): number {
    return (this.ranks[pkg.index] ??= this.declared.get(pkg.name) ?? this.declared.size)
  }

  private conflictsOf(pkg: Package): number {
    return this.conflicts[pkg.index] ?? 0
  }
}
