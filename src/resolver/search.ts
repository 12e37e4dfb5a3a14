import type { PackageName } from '../schema/name.ts'
import type { Catalogue } from './catalogue.ts'
import { resolveConflict } from './conflict.ts'
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
  readonly solution = new PartialSolution()
  private readonly budget: number
  private readonly propagation = new Propagation(this.solution)
  private readonly preference: Preference
  /** the incompatibility of each demand met so far; null where it rules nothing out */
  private readonly demands = new Map<Demand, Incompatibility | null>()
  private floor = 0
  private taken = 0

  constructor(problem: Problem, catalogue: Catalogue) {
    this.catalogue = catalogue
    this.budget = problem.budget ?? DEFAULT_BUDGET
    this.preference = new Preference(problem)
    this.solution.suppose({ package: catalogue.root, versions: catalogue.root.anyVersion })
  }

  get steps(): number {
    return this.taken
  }

  /** Goes on until everything is decided, a document is missing, or there is no way on. */
  run(): Progress {
    while (this.taken < this.budget) {
      this.taken++
      const conflict = this.propagation.run()
      if (conflict !== undefined) {
        const { incompatibility, level } = resolveConflict(conflict, this.solution)
        if (!this.goBack(incompatibility, level)) return { type: 'failed', incompatibility }
        continue
      }
      const next = this.preference.next(this.solution)
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

  /** Holds all that is settled from here on: the search fails rather than take it back. */
  hold(): void {
    this.floor = this.solution.level
  }

  /** Supposes a term beside what is held. */
  suppose(term: Term): void {
    this.solution.suppose(term)
  }

  /** Takes back everything that is not held. */
  giveUp(): void {
    this.solution.backtrackTo(this.floor)
  }

  /** Goes back to where a lesson derives something new. False where that is not allowed, or where nothing is left. */
  private goBack(lesson: Incompatibility, level: number): boolean {
    if (lesson.isFailure) return false
    this.preference.blame(lesson.terms.map((term) => term.package))
    const isAllowed = level >= this.floor
    this.solution.backtrackTo(isAllowed ? level : this.floor)
    this.propagation.add(lesson)
    return isAllowed
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
        const target = this.catalogue.find(demand.on) ?? (demand.on === pkg.name ? pkg : undefined)
        if (target === undefined) continue
        const incompatibility = ofDemand(demand, target)
        this.demands.set(demand, incompatibility ?? null)
        if (incompatibility === undefined) continue
        this.propagation.add(incompatibility)
        hasNews = true
      } else if (known !== null && this.rulesOut(known, pkg)) {
        // It was looked at before, but what followed was derived on a level that has been taken back since.
        this.propagation.recheck(known)
        hasNews = true
      }
    }
    return hasNews
  }

  private rulesOut(incompatibility: Incompatibility, pkg: Package): boolean {
    return incompatibility.terms.every((term) => term.package === pkg || this.solution.satisfies(term))
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
