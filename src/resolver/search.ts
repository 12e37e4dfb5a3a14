import type { Candidate } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { KnownPackages } from './known-packages.ts'
import { type LearnedIncompatibility, resolveConflict } from './conflict.ts'
import type { RequiredDependency } from './required-dependency.ts'
import { dependencyIncompatibility, lockIncompatibility, widenIncompatibility } from './dependency-incompatibility.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { PartialSolution } from './partial-solution.ts'
import { LookAhead } from './look-ahead.ts'
import { Preference } from './preference.ts'
import { DEFAULT_BUDGET, type ResolveProblem } from './problem.ts'
import { Propagation } from './propagation.ts'
import { type Asking, needed, PAUSE } from './request.ts'
import type { Term } from './term.ts'
import { VersionSet } from './version-set.ts'

/** The state of a search. */
export type Progress =
  | { readonly type: 'decided' }
  /** everything known is decided, but decided versions require these packages, which are unknown */
  | { readonly type: 'missing'; readonly names: readonly PackageName[] }
  /** an incompatibility that is violated on levels that can't be removed */
  | { readonly type: 'failed'; readonly incompatibility: Incompatibility }
  /** worked long enough for one turn */
  | { readonly type: 'paused' }
  | { readonly type: 'exhausted' }

/** Runs a search to its end. Yields the names it needs before it can continue; none if it only pauses. */
export function* runToEnd(search: Search): Asking<Exclude<Progress, Unfinished>> {
  for (;;) {
    const progress = search.run()
    if (progress.type === 'missing') yield needed(progress.names)
    else if (progress.type === 'paused') yield PAUSE
    else return progress
  }
}

type Unfinished = { readonly type: 'missing' | 'paused' }

export interface SearchOptions {
  /** names that keep their locked version if they are installed */
  kept?: ReadonlySet<PackageName>
  /** versions to choose, known from an earlier search */
  chosen?: ReadonlyMap<PackageName, Candidate>
  /** replaces the problem's own */
  budget?: number
  /** reads all versions of a package at the first conflict: costs more, and gives shorter reasons */
  isThorough?: boolean
  /** decides what is in conflict first, in any order: finds some solution sooner, rarely the newest */
  isFree?: boolean
}

/** A few milliseconds of work. */
const STEPS_IN_A_ROW = 1000
const NONE: RequiredDependency[] = []

/** The search for versions: propagate, decide, repeat. */
export class Search {
  readonly known: KnownPackages
  readonly solution: PartialSolution
  private readonly budget: number
  private readonly propagation: Propagation
  private readonly preference: Preference
  private readonly lookAhead: LookAhead
  /** the dependencies of each version that are not added yet, by package index and version index */
  private readonly left: (Map<number, readonly RequiredDependency[]> | undefined)[] = []
  /** the level up to which everything is permanent */
  private baseLevel = 0
  /** the lowest level that backtracking may reach now: the base level, or that of the current assumption */
  private lowestLevel = 0
  private taken = 0
  private readonly locked: ResolveProblem['locked']
  private readonly kept: ReadonlySet<PackageName>
  private readonly seenLocked = new Set<Package>()
  /** versions that were decided before all their dependencies were known */
  private unmet: { package: Package; versionIndex: number }[] = []

  constructor(
    problem: ResolveProblem,
    known: KnownPackages,
    { kept = new Set(), chosen = new Map(), budget, isThorough = false, isFree = false }: SearchOptions = {},
  ) {
    this.known = known
    this.locked = problem.locked
    this.kept = kept
    this.budget = budget ?? problem.budget ?? DEFAULT_BUDGET
    this.preference = new Preference(problem, { chosen, isThorough, isFree })
    this.solution = new PartialSolution(this.preference, (cause) => {
      this.propagation.recheck(cause)
    })
    this.propagation = new Propagation(this.solution)
    const { solution, propagation, preference } = this
    this.lookAhead = new LookAhead({ known, solution, propagation, preference, isThorough })
  }

  get steps(): number {
    return this.taken
  }

  /** Installs the root. Its dependencies must be known. */
  begin(): void {
    this.solution.begin(this.known.root)
    this.addDependencies(this.known.root, this.known.root.anyVersion.highest)
  }

  /** Continues until everything is decided, a document is missing, or the search fails. */
  run(): Progress {
    this.keepLocked()
    for (const { package: pkg, versionIndex } of this.unmet.splice(0)) {
      if (this.solution.decided(pkg) === versionIndex) this.addDependencies(pkg, versionIndex)
    }
    for (let left = STEPS_IN_A_ROW; this.taken < this.budget; left--) {
      if (left === 0) return { type: 'paused' }
      this.taken++
      const conflict = this.propagation.run()
      if (conflict !== undefined) {
        const learned = resolveConflict(conflict, this.solution, this.lookAhead.inConflict)
        if (!this.backjump(learned, conflict)) return { type: 'failed', incompatibility: learned.incompatibility }
        continue
      }
      if (this.solution.level === 0) {
        const { isNews, names } = this.lookAhead.intoSmall()
        if (names.length > 0) return { type: 'missing', names }
        if (isNews) continue
      }
      const next = this.solution.next
      if (next !== undefined) {
        this.choose(next)
        continue
      }
      const names = this.missing()
      if (names.length === 0) return { type: 'decided' }
      return { type: 'missing', names }
    }
    return { type: 'exhausted' }
  }

  /** Applies the lock to packages that were opened since. */
  private keepLocked(): void {
    if (this.kept.size === 0) return
    for (const pkg of this.known.opened) {
      const version = this.kept.has(pkg.name) ? this.locked.get(pkg.name) : undefined
      if (version === undefined || this.seenLocked.has(pkg)) continue
      this.seenLocked.add(pkg)
      const cause = lockIncompatibility(pkg, version)
      if (cause) this.propagation.add(cause)
    }
  }

  /** Returns the versions chosen so far, in order. */
  chosen(): Map<PackageName, Candidate> {
    const chosen = new Map<PackageName, Candidate>()
    for (const { package: pkg, allowed } of this.solution.decisions()) {
      if (!pkg.isRoot) chosen.set(pkg.name, pkg.candidate(allowed.highest))
    }
    return chosen
  }

  /** Makes everything settled so far permanent: from here on the search fails rather than undo it. */
  setBaseLevel(): void {
    this.baseLevel = this.lowestLevel = this.solution.level
  }

  /** Assumes a term on top of what is permanent: the search fails if both can't be true. */
  assume(term: Term): void {
    this.solution.assume(term)
    this.lowestLevel = this.solution.level
  }

  /** Removes the assumption and everything that followed from it. */
  retractAssumption(): void {
    this.lowestLevel = this.baseLevel
    this.solution.backtrackTo(this.baseLevel)
  }

  /**
   * Keeps a learned incompatibility and backtracks to where it derives something new. Returns false if that is not
   * allowed, or if nothing is left.
   */
  private backjump({ incompatibility, brokenSince }: LearnedIncompatibility, conflict: Incompatibility): boolean {
    if (incompatibility.isFailure) return false
    for (const { package: pkg } of incompatibility.terms) {
      this.preference.bumpActivity(pkg)
      this.solution.reorder(pkg)
    }
    if (brokenSince > this.lowestLevel) this.solution.backtrackTo(brokenSince - 1)
    if (incompatibility === conflict) this.propagation.recheck(incompatibility)
    else this.propagation.add(incompatibility)
    return brokenSince > this.lowestLevel
  }

  /**
   * Chooses a version, unless something follows from its dependencies: that is propagated first, and the next round
   * chooses again. A version that its dependencies rule out is never tried.
   */
  private choose(pkg: Package): void {
    const versionIndex = this.preference.version(pkg, this.solution.allowed(pkg))
    if (!this.addDependencies(pkg, versionIndex)) this.solution.decide(pkg, versionIndex)
  }

  /** Adds the dependencies of a version that were not added yet. Returns whether something follows from them. */
  private addDependencies(pkg: Package, versionIndex: number): boolean {
    const left = (this.left[pkg.index] ??= new Map<number, readonly RequiredDependency[]>())
    const dependencies = left.get(versionIndex) ?? pkg.dependenciesAt(versionIndex)
    if (dependencies.length === 0) return false
    const dependent = { package: pkg, versions: VersionSet.single(pkg.anything.size, versionIndex) }
    let unknown = NONE
    let hasNews = false
    for (let index = 0; index < dependencies.length; index++) {
      const dependency = dependencies[index]
      if (dependency === undefined) continue
      const target = this.known.find(dependency.name)
      if (target !== undefined) hasNews = this.addIncompatibility(dependent, dependency.requirement, target) || hasNews
      else if (unknown === NONE) unknown = [dependency]
      else unknown.push(dependency)
    }
    left.set(versionIndex, unknown)
    if (unknown.length > 0) this.unmet.push({ package: pkg, versionIndex })
    return hasNews
  }

  /** Keeps what a dependency rules out. Returns whether something follows from it. */
  private addIncompatibility(dependent: Term, range: string, target: Package): boolean {
    const cause = dependencyIncompatibility(dependent, range, target)
    if (cause === undefined || !this.propagation.add(cause)) return false
    const { package: pkg, versions } = dependent
    if (this.isRuledOut(pkg, cause) && (this.lookAhead.countRefusal(pkg) || this.preference.isActive(target))) {
      const forAllAlike = widenIncompatibility(
        cause,
        this.solution.allowed(target).complement(),
        this.lookAhead.among(pkg, versions.highest),
      )
      if (forAllAlike !== cause) this.propagation.add(forAllAlike)
    }
    return true
  }

  /** Returns whether choosing that version would cause a conflict at once. */
  private isRuledOut(pkg: Package, cause: Incompatibility): boolean {
    const { terms } = cause
    for (let index = 0; index < terms.length; index++) {
      const term = terms[index]
      if (term !== undefined && term.package !== pkg && !this.solution.satisfies(term)) return false
    }
    return true
  }

  /** Returns the unknown names that decided versions require. */
  private missing(): PackageName[] {
    const names = new Set<PackageName>()
    this.unmet = this.unmet.filter(({ package: pkg, versionIndex }) => this.solution.decided(pkg) === versionIndex)
    for (const { package: pkg, versionIndex } of this.unmet) {
      for (const { name } of this.left[pkg.index]?.get(versionIndex) ?? NONE)
        if (this.known.find(name) === undefined) names.add(name)
    }
    return [...names].sort()
  }
}
