import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { PartialSolution } from './partial-solution.ts'
import type { Term } from './term.ts'
import type { VersionSet } from './version-set.ts'

/**
 * Two terms of an incompatibility that are looked after. As long as two terms are not known to be true nothing follows
 * from it, so it need not be looked at until one of these two becomes true.
 */
interface Watch {
  readonly incompatibility: Incompatibility
  first: Term
  /** undefined where the incompatibility has one term only */
  second: Term | undefined
}

/**
 * Unit propagation: where all terms of an incompatibility but one are true, that one must not be. Every incompatibility
 * that is known is kept here, under the packages of its two watched terms.
 */
export class Propagation {
  private readonly solution: PartialSolution
  private readonly watches: (Watch[] | undefined)[] = []
  private readonly fresh: Incompatibility[] = []

  constructor(solution: PartialSolution) {
    this.solution = solution
  }

  /** Keeps an incompatibility and has it looked at. */
  add(incompatibility: Incompatibility): void {
    const [first, second] = this.mostRecent(incompatibility.terms)
    if (first === undefined) throw new Error('an incompatibility without terms ends the search and is not kept')
    this.recheck(incompatibility)
    if (second === undefined && this.solution.level === 0) return // what it derives now is never taken back
    const watch = { incompatibility, first, second }
    this.watchesOn(first.package).push(watch)
    if (second !== undefined) this.watchesOn(second.package).push(watch)
  }

  /** Has an incompatibility looked at, though nothing may have changed about its packages. */
  recheck(incompatibility: Incompatibility): void {
    this.fresh.push(incompatibility)
  }

  /** Derives all that follows from what is settled. Returns an incompatibility whose terms are all true, if it meets one. */
  run(): Incompatibility | undefined {
    for (;;) {
      const incompatibility = this.fresh.pop()
      if (incompatibility !== undefined) {
        if (this.examine(incompatibility)) return incompatibility
        continue
      }
      const changed = this.solution.nextChanged()
      if (changed === undefined) return undefined
      const conflict = this.visit(changed)
      if (conflict !== undefined) return conflict
    }
  }

  /** Visits the incompatibilities that watch a term on a package. Returns one whose terms are all true, if it meets one. */
  private visit(pkg: Package): Incompatibility | undefined {
    const watches = this.watchesOn(pkg)
    const allowed = this.solution.allowed(pkg)
    let conflict: Incompatibility | undefined
    let kept = 0
    for (const watch of watches) {
      const finding = conflict === undefined ? this.look(watch, pkg, allowed) : 'keep'
      if (finding === 'drop') continue
      watches[kept++] = watch
      if (finding === 'conflict') conflict = watch.incompatibility
    }
    watches.length = kept
    return conflict
  }

  /** Looks at one incompatibility after its watched term on `pkg` may have become true; says what becomes of the watch. */
  private look(watch: Watch, pkg: Package, allowed: VersionSet): 'keep' | 'drop' | 'conflict' {
    const { first, second, incompatibility } = watch
    if (second === undefined) return this.examine(incompatibility) ? 'conflict' : 'keep'
    const [held, other] = first.package === pkg ? [first, second] : [second, first]
    if (this.solution.level === 0 && (allowed.isDisjointFrom(held.versions) || this.solution.contradicts(other))) {
      return 'drop' // a term that is false on level 0 is so for good
    }
    if (!allowed.isSubsetOf(held.versions) || this.solution.contradicts(other)) return 'keep'
    for (const term of incompatibility.terms) {
      if (term === first || term === second || this.solution.satisfies(term)) continue
      watch.first = other
      watch.second = term
      this.watchesOn(term.package).push(watch)
      return 'drop'
    }
    if (this.solution.satisfies(other)) return 'conflict'
    this.solution.deriveNot(other, incompatibility)
    return 'keep'
  }

  /** Looks at an incompatibility from scratch, whatever it watches. True where all its terms are. */
  private examine(incompatibility: Incompatibility): boolean {
    let open: Term | undefined
    for (const term of incompatibility.terms) {
      if (this.solution.satisfies(term)) continue
      if (open !== undefined) return false
      open = term
    }
    if (open === undefined) return true
    this.exclude(open, incompatibility)
    return false
  }

  private exclude(term: Term, cause: Incompatibility): void {
    if (!this.solution.contradicts(term)) this.solution.deriveNot(term, cause)
  }

  /** The two terms that open up first when levels are taken back: open ones, else those that became true last. */
  private mostRecent(terms: readonly Term[]): Term[] {
    const position = (term: Term) => (this.solution.satisfies(term) ? this.solution.satisfier(term).position : Infinity)
    return [...terms].sort((a, b) => compare(position(b), position(a))).slice(0, 2)
  }

  private watchesOn(pkg: Package): Watch[] {
    return (this.watches[pkg.index] ??= [])
  }
}

/** Infinity is equal to itself here, which subtraction would not have it be. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
