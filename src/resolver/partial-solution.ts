import { DecisionQueue } from './decision-queue.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { Preference } from './preference.ts'
import type { Term } from './term.ts'
import { LEFT_OUT, VersionSet } from './version-set.ts'

/** One fact that was settled about a package. */
export interface Assignment {
  readonly package: Package
  /** the states the package can still be in, after this assignment and all before it */
  readonly allowed: VersionSet
  /** the last decision that this and the earlier assignments to the same package depend on */
  readonly level: number
  /** the same for this assignment alone */
  readonly ownLevel: number
  /** its index among all assignments */
  readonly position: number
  /** what it was derived from; undefined for a decision */
  readonly cause: Incompatibility | undefined
  /** true if it chose the version */
  readonly isDecision: boolean
  /** the assignment to the same package before it */
  readonly previous: Assignment | undefined
  /** other incompatibilities that would have derived the same */
  confirmedBy: Incompatibility[] | undefined
}

/**
 * Everything settled so far, in order: decisions, each of which opens a level, and what was derived from them. The
 * states a package can be in only ever get fewer, until a level is removed.
 *
 * What is derived late from much earlier decisions belongs to their level. Removing later levels removes it too, since
 * it comes after them, but `onLost` is called so that it is derived again.
 */
export class PartialSolution {
  private readonly trail: Assignment[] = []
  /** where the assignments of each level start */
  private readonly levelStarts: number[] = [0]
  private readonly latest: (Assignment | undefined)[] = []
  /** the states that each package can still be in, by package index; missing means any */
  private readonly states: (VersionSet | undefined)[] = []
  private readonly undecided: DecisionQueue
  private readonly onLost: (cause: Incompatibility) => void
  private seen = 0

  /** @param onLost called with the cause of a removed assignment whose premises still hold */
  constructor(preference: Preference, onLost: (cause: Incompatibility) => void) {
    this.onLost = onLost
    this.undecided = new DecisionQueue((pkg) =>
      this.isUndecided(pkg) ? preference.urgency(pkg, this.allowed(pkg)) : undefined,
    )
  }

  get level(): number {
    return this.levelStarts.length - 1
  }

  /** The most urgent package that must be installed and has no version yet; undefined if there is none. */
  get next(): Package | undefined {
    return this.undecided.first
  }

  /** Returns whether a package must be installed and has no version yet. */
  isUndecided(pkg: Package): boolean {
    const latest = this.latest[pkg.index]
    return latest !== undefined && !latest.isDecision && !latest.allowed.has(LEFT_OUT)
  }

  /** The number of assignments. */
  get size(): number {
    return this.trail.length
  }

  /** Returns the packages of the assignments after the first `count`. */
  settledSince(count: number): Package[] {
    return this.trail.slice(count).map((assignment) => assignment.package)
  }

  /** Call this when the preference for a package has changed. */
  reorder(pkg: Package): void {
    this.undecided.update(pkg)
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

  /** Returns the decisions, in the order in which they were made. */
  decisions(): Assignment[] {
    return this.trail.filter(({ isDecision }) => isDecision)
  }

  /** Returns the index of the version chosen for a package, or undefined if there is none yet. */
  decided(pkg: Package): number | undefined {
    const latest = this.latest[pkg.index]
    return latest?.isDecision === true ? latest.allowed.highest : undefined
  }

  /** Installs the root: not a decision, and never removed. */
  begin(root: Package): void {
    this.assign(root, root.anyVersion, 0, undefined, true)
  }

  /** Chooses a version. */
  decide(pkg: Package, versionIndex: number): void {
    this.levelStarts.push(this.trail.length)
    this.assign(pkg, VersionSet.single(pkg.anything.size, versionIndex), this.level, undefined, true)
  }

  /** Assumes a term as a decision that can be removed: nothing is derived for it. */
  assume(term: Term): void {
    this.levelStarts.push(this.trail.length)
    this.assign(term.package, this.allowed(term.package).intersect(term.versions), this.level, undefined, false)
  }

  /** Derives that a term is false from an incompatibility whose other terms are all true. */
  deriveNot(term: Term, cause: Incompatibility): void {
    const { terms } = cause
    let level = 0
    for (let index = 0; index < terms.length; index++) {
      const other = terms[index]
      if (other === undefined || other.package === term.package) continue
      const satisfied = this.satisfier(other).level
      if (satisfied > level) level = satisfied
    }
    this.assign(term.package, this.allowed(term.package).minus(term.versions), level, cause, false)
  }

  /** Records that an incompatibility, whose other terms are all true, also derives that a term is false. */
  confirm(term: Term, cause: Incompatibility): void {
    let found = this.latest[term.package.index]
    while (found?.previous?.allowed.isDisjointFrom(term.versions) === true) found = found.previous
    if (found === undefined) return
    found.confirmedBy ??= []
    found.confirmedBy.push(cause)
  }

  /** Returns the first assignment after which a term was true. The term must be true now. */
  satisfier(term: Term): Assignment {
    let found = this.latest[term.package.index]
    if (found === undefined) throw new Error(`nothing is settled about ${term.package.name}`)
    while (found.previous?.allowed.isSubsetOf(term.versions) === true) found = found.previous
    return found
  }

  /** Returns the states a package could be in before the assignment at a position. */
  allowedBefore(pkg: Package, position: number): VersionSet {
    let found = this.latest[pkg.index]
    while (found !== undefined && found.position >= position) found = found.previous
    return found?.allowed ?? pkg.anything
  }

  /** Returns the states a package can be in, whatever is decided. */
  choices(pkg: Package): VersionSet {
    let found = this.latest[pkg.index]
    while (found !== undefined && found.level > 0) found = found.previous
    return found?.allowed ?? pkg.anything
  }

  /** Returns what narrowed the states of a package, latest first. */
  causesOn(pkg: Package): Incompatibility[] {
    const causes: Incompatibility[] = []
    for (let found = this.latest[pkg.index]; found !== undefined; found = found.previous) {
      if (found.cause !== undefined) causes.push(found.cause)
    }
    return causes
  }

  /** Returns the next package about which something new was settled. Reports each change once. */
  nextChanged(): Package | undefined {
    while (this.seen < this.trail.length) {
      const assignment = this.trail[this.seen++]
      // If the package was narrowed again since, its latest assignment reports it.
      if (assignment !== undefined && assignment === this.latest[assignment.package.index]) return assignment.package
    }
    return undefined
  }

  /** Removes every level above this one. */
  backtrackTo(level: number): void {
    const start = this.levelStarts[level + 1]
    if (start === undefined) return
    for (let last = this.trail.length - 1; last >= start; last--) {
      const assignment = this.trail.pop()
      if (assignment === undefined) break
      this.setLatest(assignment.package, assignment.previous)
      if (assignment.cause !== undefined && assignment.ownLevel <= level) this.onLost(assignment.cause)
      if (assignment.confirmedBy !== undefined) for (const cause of assignment.confirmedBy) this.onLost(cause)
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
      level: previous !== undefined && previous.level > ownLevel ? previous.level : ownLevel,
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
    this.undecided.update(pkg)
  }
}
