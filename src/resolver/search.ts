import type { Candidate } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Catalogue } from './catalogue.ts'
import { type Lesson, resolveConflict } from './conflict.ts'
import type { Demand } from './demand.ts'
import { type Incompatibility, ofDemand } from './incompatibility.ts'
import type { Package } from './package.ts'
import { PartialSolution } from './partial-solution.ts'
import { Preference } from './preference.ts'
import { DEFAULT_BUDGET, type Problem } from './problem.ts'
import { Propagation } from './propagation.ts'
import type { Term } from './term.ts'

/** How far the search came. */
export type Progress =
  | { readonly type: 'decided' }
  /** everything known is decided, but decided versions require these packages, about which nothing is known */
  | { readonly type: 'missing'; readonly names: readonly PackageName[] }
  /** what can't be true, though it would have to be on the levels that are not to be taken back */
  | { readonly type: 'failed'; readonly incompatibility: Incompatibility }
  | { readonly type: 'exhausted' }

/** The search for versions: propagate, choose, repeat. */
export class Search {
  readonly catalogue: Catalogue
  readonly solution: PartialSolution
  private readonly budget: number
  private readonly propagation: Propagation
  private readonly preference: Preference
  /** the incompatibility of each demand met so far; null where it rules nothing out */
  private readonly demands = new Map<Demand, Incompatibility | null>()
  /** the level up to which everything is held for good */
  private held = 0
  /** the level up to which nothing may be taken back now: the held one, or that of what is supposed beside it */
  private floor = 0
  private taken = 0

  constructor(problem: Problem, catalogue: Catalogue) {
    this.catalogue = catalogue
    this.budget = problem.budget ?? DEFAULT_BUDGET
    this.preference = new Preference(problem)
    this.solution = new PartialSolution(this.preference)
    this.propagation = new Propagation(this.solution)
  }

  get steps(): number {
    return this.taken
  }

  /** Installs the root. What it demands must be known. */
  begin(): void {
    this.solution.begin(this.catalogue.root)
    this.meetDemands(this.catalogue.root, this.catalogue.root.anyVersion.highest)
  }

  /** Goes on until everything is decided, a document is missing, or there is no way on. */
  run(): Progress {
    while (this.taken < this.budget) {
      this.taken++
      const conflict = this.propagation.run()
      if (conflict !== undefined) {
        const lesson = resolveConflict(conflict, this.solution)
        if (!this.goBack(lesson, conflict)) return { type: 'failed', incompatibility: lesson.incompatibility }
        continue
      }
      const next = this.solution.next
      if (next !== undefined) {
        this.choose(next)
        continue
      }
      const { names, level } = this.missing()
      if (names.length === 0) return { type: 'decided' }
      // The choices made without knowing what they entail are made again when it is known.
      this.solution.backtrackTo(level)
      return { type: 'missing', names }
    }
    return { type: 'exhausted' }
  }

  /** The versions chosen so far, in the order they were chosen. */
  chosen(): Map<PackageName, Candidate> {
    const chosen = new Map<PackageName, Candidate>()
    for (const { package: pkg, allowed } of this.solution.decisions()) {
      if (!pkg.isRoot) chosen.set(pkg.name, pkg.candidate(allowed.highest))
    }
    return chosen
  }

  /** Holds all that is settled so far: from here on the search fails rather than take it back. */
  hold(): void {
    this.held = this.floor = this.solution.level
  }

  /** Supposes a term beside what is held: the search fails where both can't be true. */
  suppose(term: Term): void {
    this.solution.suppose(term)
    this.floor = this.solution.level
  }

  /** Takes back what was supposed, and all that came of it. */
  giveUp(): void {
    this.floor = this.held
    this.solution.backtrackTo(this.held)
  }

  /** Keeps a lesson and goes back to where it derives something new. False where that is not allowed, or nothing is left. */
  private goBack({ incompatibility, level, brokenSince }: Lesson, conflict: Incompatibility): boolean {
    if (incompatibility.isFailure) return false
    for (const { package: pkg } of incompatibility.terms) {
      this.preference.blame(pkg)
      this.solution.reorder(pkg)
    }
    if (brokenSince > this.floor) this.solution.backtrackTo(Math.max(level, this.floor))
    if (incompatibility === conflict) this.propagation.recheck(incompatibility)
    else this.propagation.add(incompatibility)
    return brokenSince > this.floor
  }

  /**
   * Chooses a version, unless what it demands has something to say first: then that is propagated, and the next round
   * chooses again. So a version that is ruled out by what it demands is not even tried.
   */
  private choose(pkg: Package): void {
    const place = this.preference.version(pkg, this.solution.allowed(pkg))
    if (!this.meetDemands(pkg, place)) this.solution.decide(pkg, place)
  }

  /** Has the demands of a version looked at that are new or contradicted; true where there are any. */
  private meetDemands(pkg: Package, place: number): boolean {
    let hasNews = false
    for (const demand of pkg.demandsAt(place)) {
      const known = this.demands.get(demand)
      if (known === undefined) {
        const target = this.catalogue.find(demand.on)
        if (target === undefined) continue // asked for when all that is known is decided
        const incompatibility = ofDemand(demand, target)
        this.demands.set(demand, incompatibility ?? null)
        if (incompatibility === undefined) continue
        this.propagation.add(incompatibility)
        hasNews = true
      } else if (known !== null && this.isRuledOut(pkg, place, known)) {
        // It was looked at before, but what followed was derived on a level that has been taken back since.
        this.propagation.recheck(known)
        hasNews = true
      }
    }
    return hasNews
  }

  /** True where a version would make an incompatibility true. */
  private isRuledOut(pkg: Package, place: number, incompatibility: Incompatibility): boolean {
    return incompatibility.terms.every((term) =>
      term.package === pkg ? term.versions.has(place) : this.solution.satisfies(term),
    )
  }

  /** Names that decided versions require and that nothing is known about, and the level before the first such decision. */
  private missing(): { names: PackageName[]; level: number } {
    const names = new Set<PackageName>()
    let level = this.solution.level
    for (const decision of this.solution.decisions()) {
      for (const { on } of decision.package.demandsAt(decision.allowed.highest)) {
        if (this.catalogue.find(on) !== undefined) continue
        names.add(on)
        level = Math.min(level, decision.level - 1)
      }
    }
    return { names: [...names].sort(), level }
  }
}
