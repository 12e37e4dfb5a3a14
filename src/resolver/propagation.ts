import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { PartialSolution } from './partial-solution.ts'
import type { Term } from './term.ts'

/**
 * Two watched terms of an incompatibility. Nothing follows from an incompatibility while two of its terms are not known
 * to be true, so it is only looked at when one of these two becomes true.
 */
interface Watch {
  readonly incompatibility: Incompatibility
  first: Term
  /** undefined if the incompatibility has only one term */
  second: Term | undefined
}

/** The watched terms on one package, each with its watch. */
class WatchedTerms {
  readonly watches: Watch[] = []
  /** the first word of each term's versions: nearly always enough to see that the term is not true */
  readonly words: number[] = []

  add(term: Term, watch: Watch): void {
    this.watches.push(watch)
    this.words.push(term.versions.first)
  }
}

/**
 * Unit propagation: if all terms of an incompatibility but one are true, that one must be false. Every known
 * incompatibility is kept here, under the packages of its two watched terms.
 */
export class Propagation {
  private readonly solution: PartialSolution
  private readonly watched: (WatchedTerms | undefined)[] = []
  private readonly fresh: Incompatibility[] = []

  constructor(solution: PartialSolution) {
    this.solution = solution
  }

  /** Keeps an incompatibility, and schedules it if something follows from it. Returns whether it does. */
  add(incompatibility: Incompatibility): boolean {
    const [first, second] = this.mostRecent(incompatibility.terms)
    if (first === undefined) throw new Error('an incompatibility without terms ends the search and is not kept')
    const watch = { incompatibility, first, second }
    this.watchedOn(first.package).add(first, watch)
    if (second !== undefined) {
      this.watchedOn(second.package).add(second, watch)
      if (!this.solution.satisfies(first) && !this.solution.satisfies(second)) return false
    }
    this.recheck(incompatibility)
    return true
  }

  /** Schedules an incompatibility again, even if nothing changed about its packages. */
  recheck(incompatibility: Incompatibility): void {
    this.fresh.push(incompatibility)
  }

  /**
   * Derives everything that follows from what is settled. Returns an incompatibility whose terms are all true, if there
   * is one.
   */
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
      // Some watches of the package were not visited, but its change is on a level that will be removed.
      if (conflict !== undefined) return conflict
    }
  }

  /**
   * Visits the incompatibilities that watch a term on a package. Returns one whose terms are all true, if there is one.
   */
  private visit(pkg: Package): Incompatibility | undefined {
    const { watches, words } = this.watchedOn(pkg)
    const allowed = this.solution.allowed(pkg)
    const { first } = allowed
    const { length } = words
    let conflict: Incompatibility | undefined
    let dropped = 0
    for (let index = 0; index < length; index++) {
      const word = words[index] ?? 0
      const watch = watches[index]
      if ((first & ~word) === 0 && watch !== undefined && conflict === undefined) {
        const held = watch.first.package === pkg ? watch.first : watch.second
        if (held !== undefined && allowed.isSubsetOf(held.versions)) {
          const finding = this.look(watch, pkg)
          if (finding === 'conflict') conflict = watch.incompatibility
          else if (finding === 'drop') {
            dropped++
            continue
          }
        }
      }
      if (dropped > 0 && watch !== undefined) {
        watches[index - dropped] = watch
        words[index - dropped] = word
      }
    }
    if (dropped > 0) watches.length = words.length = length - dropped
    return conflict
  }

  /** Checks an incompatibility whose watched term on `pkg` has become true, and returns what to do with the watch. */
  private look(watch: Watch, pkg: Package): 'keep' | 'drop' | 'conflict' {
    const { first, second, incompatibility } = watch
    if (second === undefined) return 'conflict'
    const other = first.package === pkg ? second : first
    if (this.solution.contradicts(other)) return 'keep'
    const { terms } = incompatibility
    for (let index = 0; terms.length > 2 && index < terms.length; index++) {
      const term = terms[index]
      if (term === undefined || term === first || term === second || this.solution.satisfies(term)) continue
      watch.first = other
      watch.second = term
      this.watchedOn(term.package).add(term, watch)
      return 'drop'
    }
    if (this.solution.satisfies(other)) return 'conflict'
    this.solution.deriveNot(other, incompatibility)
    return 'keep'
  }

  /** Checks an incompatibility from scratch, whatever it watches. True if all its terms are true. */
  private examine(incompatibility: Incompatibility): boolean {
    const { terms } = incompatibility
    let open: Term | undefined
    for (let index = 0; index < terms.length; index++) {
      const term = terms[index]
      if (term === undefined || this.solution.satisfies(term)) continue
      if (open !== undefined) return false
      open = term
    }
    if (open === undefined) return true
    if (!this.solution.contradicts(open)) this.solution.deriveNot(open, incompatibility)
    // It derives nothing new, but it may depend on earlier decisions than what is known.
    else this.solution.confirm(open, incompatibility)
    return false
  }

  /**
   * Returns the two terms that become open first when levels are removed: open ones, then those that became true last.
   */
  private mostRecent(terms: readonly Term[]): readonly Term[] {
    if (terms.length <= 2) return terms
    const openSince = (term: Term) => (this.solution.satisfies(term) ? this.solution.satisfier(term) : undefined)
    return terms
      .map((term) => ({ term, satisfier: openSince(term) }))
      .sort(({ satisfier: a }, { satisfier: b }) => {
        if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
        return b.level - a.level || b.position - a.position
      })
      .slice(0, 2)
      .map(({ term }) => term)
  }

  private watchedOn(pkg: Package): WatchedTerms {
    return (this.watched[pkg.index] ??= new WatchedTerms())
  }
}
