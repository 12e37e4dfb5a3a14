import { DecisionQueue } from './decision-queue.ts'
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
  /** how many choices this and the assignments to the same package before it rest on: the number of the last of them */
  readonly level: number
  /** the same of this assignment alone */
  readonly ownLevel: number
  /** its place among all assignments */
  readonly position: number
  /** what it was derived from; undefined for a choice */
  readonly cause: Incompatibility | undefined
  /** true where it chose the version */
  readonly isDecision: boolean
  /** the assignment to the same package before it */
  readonly previous: Assignment | undefined
  /** what the same would have been derived from, were it not for this assignment */
  confirmedBy: Incompatibility[] | undefined
}

/**
 * What is settled so far, in the order it was settled: choices, each of which opens a level, and what was derived from
 * them. What a package may still be only ever gets narrower, until a level is taken back.
 *
 * What is derived late, from choices made long before, belongs to their level. Taking back later levels takes it away as
 * well, since it stands after them, but `onLost` is told, so that it is derived again.
 */
export class PartialSolution {
  private readonly trail: Assignment[] = []
  /** where the assignments of each level begin */
  private readonly levelStarts: number[] = [0]
  private readonly latest: (Assignment | undefined)[] = []
  /** the states that each package may still be in, by its index; nothing where it may be in any */
  private readonly states: (VersionSet | undefined)[] = []
  private readonly undecided: DecisionQueue
  private readonly onLost: (cause: Incompatibility) => void
  private seen = 0

  /** @param onLost told what an assignment was derived from that was taken away, though all it rests on is still there */
  constructor(preference: Preference, onLost: (cause: Incompatibility) => void) {
    this.onLost = onLost
    this.undecided = new DecisionQueue((pkg) => preference.urgency(pkg, this.allowed(pkg)))
  }

  get level(): number {
    return this.levelStarts.length - 1
  }

  /** The most urgent of the packages that must be installed and have no version yet, undefined where there is none. */
  get next(): Package | undefined {
    return this.undecided.first
  }

  /** Whether a package must be installed and has no version yet. */
  isUndecided(pkg: Package): boolean {
    return this.undecided.has(pkg)
  }

  /** How many assignments there are. */
  get size(): number {
    return this.trail.length
  }

  /** The packages of the assignments after the first `count`. */
  settledSince(count: number): Package[] {
    return this.trail.slice(count).map((assignment) => assignment.package)
  }

  /** To be called where what is preferred changed for a package. */
  reorder(pkg: Package): void {
    if (this.undecided.has(pkg)) this.undecided.put(pkg)
  }

  allowed(pkg: Package): VersionSet {
    return this.states[pkg.index] ?? pkg.anything
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

  /** The index of the version chosen for a package, undefined while there is none. */
  decided(pkg: Package): number | undefined {
    const latest = this.latest[pkg.index]
    return latest?.isDecision === true ? latest.allowed.highest : undefined
  }

  /** Installs the root, which is no choice and is never taken back. */
  begin(root: Package): void {
    this.assign(root, root.anyVersion, 0, undefined, true)
  }

  /** Chooses a version. */
  decide(pkg: Package, versionIndex: number): void {
    this.levelStarts.push(this.trail.length)
    this.assign(pkg, VersionSet.single(pkg.anything.size, versionIndex), this.level, undefined, true)
  }

  /** Assumes a term, as a choice that can be taken back: nothing is derived for it. */
  assume(term: Term): void {
    this.levelStarts.push(this.trail.length)
    this.assign(term.package, this.allowed(term.package).intersect(term.versions), this.level, undefined, false)
  }

  /** Derives that a term is not true, from an incompatibility whose other terms all are. */
  deriveNot(term: Term, cause: Incompatibility): void {
    let level = 0
    for (const other of cause.terms) {
      if (other.package !== term.package) level = Math.max(level, this.satisfier(other).level)
    }
    this.assign(term.package, this.allowed(term.package).minus(term.versions), level, cause, false)
  }

  /** Notes that what contradicts a term would be derived from an incompatibility too, whose other terms are all true. */
  confirm(term: Term, cause: Incompatibility): void {
    let found = this.latest[term.package.index]
    while (found?.previous?.allowed.isDisjointFrom(term.versions) === true) found = found.previous
    if (found === undefined) return
    found.confirmedBy ??= []
    found.confirmedBy.push(cause)
  }

  /** The first assignment after which a term was true. The term must be true now. */
  satisfier(term: Term): Assignment {
    let found = this.latest[term.package.index]
    if (found === undefined) throw new Error(`nothing is settled about ${term.package.name}`)
    while (found.previous?.allowed.isSubsetOf(term.versions) === true) found = found.previous
    return found
  }

  /** The states a package could be in before an assignment, by that one's position. */
  allowedBefore(pkg: Package, position: number): VersionSet {
    let found = this.latest[pkg.index]
    while (found !== undefined && found.position >= position) found = found.previous
    return found?.allowed ?? pkg.anything
  }

  /** The states that are left to a package whatever is chosen. */
  choices(pkg: Package): VersionSet {
    let found = this.latest[pkg.index]
    while (found !== undefined && found.level > 0) found = found.previous
    return found?.allowed ?? pkg.anything
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
    const start = this.levelStarts[level + 1]
    if (start === undefined) return
    for (let last = this.trail.length - 1; last >= start; last--) {
      const assignment = this.trail.pop()
      if (assignment === undefined) break
      this.setLatest(assignment.package, assignment.previous)
      if (assignment.cause !== undefined && assignment.ownLevel <= level) this.onLost(assignment.cause)
      for (const cause of assignment.confirmedBy ?? []) this.onLost(cause)
    }
    this.levelStarts.length = level + 1
    this.seen = Math.min(this.seen, this.trail.length)
  }

  private assign(
    pkg: Package,
    allowed: VersionSet,
    ownLevel: number,
    cause: Incompatibility | undefined,
    isDecision: boolean,
  ): void {
    const previous = this.latest[pkg.index]
    const assignment: Assignment = {
      package: pkg,
      allowed,
      level: Math.max(ownLevel, previous?.level ?? 0),
      ownLevel,
      position: this.trail.length,
      cause,
      isDecision,
      previous,
      confirmedBy: undefined,
    }
    this.trail.push(assignment)
    this.setLatest(pkg, assignment)
  }

  private setLatest(pkg: Package, assignment: Assignment | undefined): void {
    this.latest[pkg.index] = assignment
    this.states[pkg.index] = assignment?.allowed
    if (assignment !== undefined && !assignment.isDecision && !assignment.allowed.has(LEFT_OUT)) this.undecided.put(pkg)
    else this.undecided.remove(pkg)
  }
}
