import type { Candidate } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Catalogue } from './catalogue.ts'
import { type Lesson, resolveConflict } from './conflict.ts'
import type { Demand } from './demand.ts'
import { factOf, lockFactOf, widened } from './fact.ts'
import type { Incompatibility } from './incompatibility.ts'
import { LEFT_OUT, type Package } from './package.ts'
import { PartialSolution } from './partial-solution.ts'
import { Preference } from './preference.ts'
import { DEFAULT_BUDGET, type Problem } from './problem.ts'
import { Propagation } from './propagation.ts'
import type { Term } from './term.ts'
import { VersionSet } from './version-set.ts'

/** How far the search came. */
export type Progress =
  | { readonly type: 'decided' }
  /** everything known is decided, but decided versions require these packages, about which nothing is known */
  | { readonly type: 'missing'; readonly names: readonly PackageName[] }
  /** what can't be true, though it would have to be on the levels that are not to be taken back */
  | { readonly type: 'failed'; readonly incompatibility: Incompatibility }
  /** enough for one go: others may want to do something in between */
  | { readonly type: 'paused' }
  | { readonly type: 'exhausted' }

/** Runs a search to its end. Yields the names it has to know before it goes on; none where it only pauses. */
export function* runToEnd(search: Search): Generator<readonly PackageName[], Exclude<Progress, Unfinished>, void> {
  for (;;) {
    const progress = search.run()
    if (progress.type === 'missing') yield progress.names
    else if (progress.type === 'paused') yield []
    else return progress
  }
}

type Unfinished = { readonly type: 'missing' | 'paused' }

export interface SearchOptions {
  /** names that are installed as the lock has them, if at all */
  kept?: ReadonlySet<PackageName>
  /** versions to choose, where they are known from before */
  chosen?: ReadonlyMap<PackageName, Candidate>
  /** instead of the problem’s own */
  budget?: number
  /** looks into all versions of a package at the first conflict: that costs more, and gives shorter reasons */
  isThorough?: boolean
  /** decides what is in conflict first, whatever was declared first: finds some solution sooner, rarely the newest */
  isFree?: boolean
}

/** Some milliseconds of work. */
const STEPS_IN_A_ROW = 1000
/** How many versions of a package are refused one by one. */
const REFUSALS = 8
/** A package with so few versions is looked into whole at once. */
const FEW = 8

/** The search for versions: propagate, choose, repeat. */
export class Search {
  readonly catalogue: Catalogue
  readonly solution: PartialSolution
  private readonly budget: number
  private readonly propagation: Propagation
  private readonly preference: Preference
  /** the demands of each version that nothing is kept of yet, by index of the package and place */
  private readonly left: (readonly Demand[] | undefined)[][] = []
  /** how many versions of each package were ruled out by what they demand, by its index */
  private readonly refusals: number[] = []
  /** the level up to which everything is held for good */
  private held = 0
  /** the level up to which nothing may be taken back now: the held one, or that of what is supposed beside it */
  private floor = 0
  private taken = 0
  private readonly isThorough: boolean
  private readonly locked: Problem['locked']
  private readonly kept: ReadonlySet<PackageName>
  private readonly seenLocked = new Set<Package>()
  private readonly lookedInto = new Set<Package>()
  /** small packages of which something was not known yet, and how much was settled when they were looked for last */
  private readonly small: Package[] = []
  private settledBefore = 0
  /** versions that were decided before all they demand was known */
  private unmet: { package: Package; place: number }[] = []

  constructor(
    problem: Problem,
    catalogue: Catalogue,
    { kept = new Set(), chosen = new Map(), budget, isThorough = false, isFree = false }: SearchOptions = {},
  ) {
    this.catalogue = catalogue
    this.locked = problem.locked
    this.kept = kept
    this.isThorough = isThorough
    this.budget = budget ?? problem.budget ?? DEFAULT_BUDGET
    this.preference = new Preference(problem, { chosen, isThorough, isFree })
    this.solution = new PartialSolution(this.preference, (cause) => {
      this.propagation.recheck(cause)
    })
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
    this.keepLocked()
    for (const { package: pkg, place } of this.unmet.splice(0)) {
      if (this.solution.decided(pkg) === place) this.meetDemands(pkg, place)
    }
    for (let left = STEPS_IN_A_ROW; this.taken < this.budget; left--) {
      if (left === 0) return { type: 'paused' }
      this.taken++
      const conflict = this.propagation.run()
      if (conflict !== undefined) {
        const lesson = resolveConflict(conflict, this.solution, this.look)
        if (!this.goBack(lesson, conflict)) return { type: 'failed', incompatibility: lesson.incompatibility }
        continue
      }
      if (this.solution.level === 0) {
        const { isNews, names } = this.lookIntoSmall()
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

  /** Holds the lock against the packages that were opened since. */
  private keepLocked(): void {
    if (this.kept.size === 0) return
    for (const pkg of this.catalogue.opened) {
      const version = this.kept.has(pkg.name) ? this.locked.get(pkg.name) : undefined
      if (version === undefined || this.seenLocked.has(pkg)) continue
      this.seenLocked.add(pkg)
      const fact = lockFactOf(pkg, version)
      if (fact) this.propagation.add(fact)
    }
  }

  /**
   * What all versions of a required package demand that it can still be is required whatever is chosen. Packages with few versions are looked into for that before
   * anything is: a conflict deep down that no choice avoids is then met without any.
   */
  private lookIntoSmall(): { isNews: boolean; names: PackageName[] } {
    const names = new Set<PackageName>()
    let isNews = false
    const waiting = [...this.small.splice(0), ...this.solution.settledSince(this.settledBefore)]
    this.settledBefore = this.solution.size
    for (const pkg of waiting) {
      if (pkg.candidates.length > FEW || this.lookedInto.has(pkg) || !this.solution.isUndecided(pkg)) continue
      const common = demandedByAll(pkg, this.solution.allowed(pkg))
      const unknown = common.filter((name) => this.catalogue.find(name) === undefined)
      for (const name of unknown) names.add(name)
      if (unknown.length > 0) {
        this.small.push(pkg)
        continue
      }
      this.lookedInto.add(pkg)
      for (const name of common) isNews = this.keepForAll(pkg, name) || isNews
    }
    return { isNews, names: [...names].sort() }
  }

  private keepForAll(pkg: Package, name: PackageName): boolean {
    const target = this.catalogue.find(name)
    const versions = this.solution.allowed(pkg)
    const demand = pkg.demandsAt(versions.highest).find(({ on }) => on === name)
    if (target === undefined || demand === undefined) return false
    const fact = factOf(pkg, versions.highest, demand, target)
    if (fact === undefined) return false
    this.propagation.add(widened(fact, target.anything, versions))
    return true
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
  private goBack({ incompatibility, brokenSince }: Lesson, conflict: Incompatibility): boolean {
    if (incompatibility.isFailure) return false
    for (const { package: pkg } of incompatibility.terms) {
      this.preference.blame(pkg)
      this.solution.reorder(pkg)
    }
    if (brokenSince > this.floor) this.solution.backtrackTo(brokenSince - 1)
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

  /** Has the demands of a version kept that were not yet; true where there are any to be kept. */
  private meetDemands(pkg: Package, place: number): boolean {
    const left = (this.left[pkg.index] ??= [])
    const demands = left[place] ?? pkg.demandsAt(place)
    if (demands.length === 0) return false
    const unknown: Demand[] = []
    let hasNews = false
    for (const demand of demands) {
      const target = this.catalogue.find(demand.on)
      if (target === undefined) unknown.push(demand)
      else hasNews = this.keepFact(pkg, place, demand, target) || hasNews
    }
    left[place] = unknown
    if (unknown.length > 0) this.unmet.push({ package: pkg, place })
    return hasNews
  }

  /** Keeps what a demand rules out. False where that is nothing. */
  private keepFact(pkg: Package, place: number, demand: Demand, target: Package): boolean {
    const fact = factOf(pkg, place, demand, target)
    if (fact === undefined) return false
    this.propagation.add(fact)
    if (this.isRuledOut(pkg, fact) && (this.isRefusedOften(pkg) || this.preference.isTrouble(target))) {
      const forAllAlike = widened(fact, this.solution.allowed(target).complement(), this.among(pkg, place))
      if (forAllAlike !== fact) this.propagation.add(forAllAlike)
    }
    return true
  }

  /** Looks at more versions of packages that were in several conflicts. */
  private readonly look = (pkg: Package, versions: VersionSet) =>
    this.preference.isTrouble(pkg) ? this.among(pkg, versions.highest) : undefined

  /**
   * What to look at together with a version: those before it, as many as were looked at so far and some more. So where all versions have the same
   * flaw that is known soon, and where few have it not all are read.
   */
  private among(pkg: Package, place: number): VersionSet {
    if (this.isThorough) return pkg.anyVersion
    const { gathered } = pkg
    if (gathered.has(place)) return gathered
    const choices = this.solution.choices(pkg)
    const next: number[] = []
    for (let at = place; at > LEFT_OUT && next.length < Math.max(FEW, gathered.count); at--)
      if (choices.has(at) && !gathered.has(at)) next.push(at)
    return gathered.union(VersionSet.of(pkg.anything.size, next))
  }

  /** Counts a version that is ruled out by what it demands: several of them tell of a flaw that more may share. */
  private isRefusedOften(pkg: Package): boolean {
    const times = (this.refusals[pkg.index] ?? 0) + 1
    this.refusals[pkg.index] = times
    return times > REFUSALS
  }

  /** True where nothing but the choice of that version is missing for a conflict. */
  private isRuledOut(pkg: Package, fact: Incompatibility): boolean {
    return fact.terms.every((term) => term.package === pkg || this.solution.satisfies(term))
  }

  /** Names that decided versions require and that nothing is known about. */
  private missing(): PackageName[] {
    const names = new Set<PackageName>()
    this.unmet = this.unmet.filter(({ package: pkg, place }) => this.solution.decided(pkg) === place)
    for (const { package: pkg, place } of this.unmet) {
      for (const { on } of this.left[pkg.index]?.[place] ?? []) if (this.catalogue.find(on) === undefined) names.add(on)
    }
    return [...names].sort()
  }
}

/** The names that all of these versions of a package demand. Reads no more of them than it takes to know. */
function demandedByAll(pkg: Package, versions: VersionSet): PackageName[] {
  let common: PackageName[] | undefined
  for (const place of versions.places().reverse()) {
    if (place === LEFT_OUT) continue
    const names = pkg.demandsAt(place).map(({ on }) => on)
    common = common?.filter((name) => names.includes(name)) ?? names
    if (common.length === 0) break
  }
  return common ?? []
}
