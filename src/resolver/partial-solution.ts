import { Agenda } from './agenda.ts'
import type { Incompatibility } from './incompatibility.ts'
import { LEFT_OUT, type Package } from './package.ts'
import type { Preference } from './preference.ts'
import type { Term } from './term.ts'
import { VersionSet } from './version-set.ts'

/** One thing that was settled about a package. */
export interface Assignment {
  readonly package: Package
  /** the states the package may still be in, after this assignment and all before it */
  readonly allowed: VersionSet
  /** how many choices had been made, this one included */
  readonly level: number
  /** its place among all assignments */
  readonly position: number
  /** what it was derived from; undefined for a choice */
  readonly cause: Incompatibility | undefined
  /** true where it chose the version */
  readonly isDecision: boolean
  /** the assignment to the same package before it */
  readonly previous: Assignment | undefined
}

/**
 * What is settled so far, in the order it was settled: choices, each of which opens a level, and what was derived from
 * them. What a package may still be only ever gets narrower, until a level is taken back.
 */
export class PartialSolution {
  private readonly trail: Assignment[] = []
  private readonly latest: (Assignment | undefined)[] = []
  private readonly agenda: Agenda
  private current = 0
  private seen = 0

  constructor(preference: Preference) {
    this.agenda = new Agenda((a, b) => preference.isBefore(a, this.allowed(a), b, this.allowed(b)))
  }

  get level(): number {
    return this.current
  }

  /** The most urgent of the packages that must be installed and have no version yet, undefined where there is none. */
  get next(): Package | undefined {
    return this.agenda.first
  }

  /** To be called where what is preferred changed for a package. */
  reorder(pkg: Package): void {
    if (this.agenda.has(pkg)) this.agenda.put(pkg)
  }

  allowed(pkg: Package): VersionSet {
    return this.latest[pkg.index]?.allowed ?? pkg.anything
  }

  satisfies(term: Term): boolean {
    return this.allowed(term.package).isSubsetOf(term.versions)
  }

  contradicts(term: Term): boolean {
    return this.allowed(term.package).isDisjointFrom(term.versions)
  }

  /** The decisions, in the order they were made. */
  *decisions(): Generator<Assignment> {
    for (const assignment of this.trail) if (assignment.isDecision) yield assignment
  }

  /** The place of the version chosen for a package, undefined while there is none. */
  decided(pkg: Package): number | undefined {
    const latest = this.latest[pkg.index]
    return latest?.isDecision === true ? latest.allowed.highest : undefined
  }

  /** Installs the root, which is no choice and is never taken back. */
  begin(root: Package): void {
    this.assign(root, root.anyVersion, undefined, true)
  }

  /** Chooses a version. */
  decide(pkg: Package, place: number): void {
    this.current++
    this.assign(pkg, VersionSet.of(pkg.anything.size, [place]), undefined, true)
  }

  /** Supposes a term, as a choice that can be taken back: nothing is derived for it. */
  suppose(term: Term): void {
    this.current++
    this.assign(term.package, this.allowed(term.package).intersect(term.versions), undefined, false)
  }

  /** Derives that a term is not true, from an incompatibility whose other terms all are. */
  deriveNot(term: Term, cause: Incompatibility): void {
    this.assign(term.package, this.allowed(term.package).minus(term.versions), cause, false)
  }

  /** The first assignment after which a term was true. The term must be true now. */
  satisfier(term: Term): Assignment {
    let found = this.latest[term.package.index]
    if (found === undefined) throw new Error(`nothing is settled about ${term.package.name}`)
    while (found.previous?.allowed.isSubsetOf(term.versions) === true) found = found.previous
    return found
  }

  /** What narrowed the states of a package, the latest first. */
  causesOn(pkg: Package): Incompatibility[] {
    const causes: Incompatibility[] = []
    for (let found = this.latest[pkg.index]; found !== undefined; found = found.previous) {
      if (found.cause !== undefined) causes.push(found.cause)
    }
    return causes
  }

  /** The next package about which something new was settled, each change told once. */
  nextChanged(): Package | undefined {
    while (this.seen < this.trail.length) {
      const assignment = this.trail[this.seen++]
      // One that was narrowed again since is told of by its latest assignment.
      if (assignment !== undefined && assignment === this.latest[assignment.package.index]) return assignment.package
    }
    return undefined
  }

  /** Takes back every level above this one. */
  backtrackTo(level: number): void {
    for (;;) {
      const last = this.trail.at(-1)
      if (last === undefined || last.level <= level) break
      this.trail.pop()
      this.setLatest(last.package, last.previous)
    }
    this.current = level
    this.seen = Math.min(this.seen, this.trail.length)
  }

  private assign(pkg: Package, allowed: VersionSet, cause: Incompatibility | undefined, isDecision: boolean): void {
    const assignment: Assignment = {
      package: pkg,
      allowed,
      level: this.current,
      position: this.trail.length,
      cause,
      isDecision,
      previous: this.latest[pkg.index],
    }
    this.trail.push(assignment)
    this.setLatest(pkg, assignment)
  }

  private setLatest(pkg: Package, assignment: Assignment | undefined): void {
    this.latest[pkg.index] = assignment
    if (assignment !== undefined && !assignment.isDecision && !assignment.allowed.has(LEFT_OUT)) this.agenda.put(pkg)
    else this.agenda.remove(pkg)
  }
}
