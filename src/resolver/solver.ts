import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { KnownPackages } from './known-packages.ts'
import type { Failure } from './failure.ts'
import { type Fix, findFixes } from './fix.ts'
import { OptionalDependencies } from './optional.ts'
import { smallestHittingSet } from './hitting-set.ts'
import { makeNewest, type Refutation, refuteNewer } from './newest.ts'
import { DEFAULT_BUDGET, type ResolveProblem } from './problem.ts'
import { locksIn, minimalReason } from './reason.ts'
import { type Asking, needed, type Request } from './request.ts'
import { runToEnd, Search } from './search.ts'
import { type Active, heldBack, reachedPackages, type Solution, sortedByName } from './solution.ts'

/** How a resolution ended. */
export type Outcome =
  | { readonly type: 'solved'; readonly solution: Solution; readonly refutations: readonly Refutation[] }
  | { readonly type: 'unsolvable'; readonly failure: Failure; readonly fixes: readonly Fix[] }
  /** the step budget ran out before an answer was found */
  | { readonly type: 'exhausted'; readonly steps: number }

/** The result of a solver step: the outcome, or what it waits for. */
export type Step = Outcome | Request

export type Answers = ReadonlyMap<PackageName, PackageDocument | null>

/** A solver that stops when it needs to know more, and continues when every requested name has an answer. */
export interface Solver {
  step(answers?: Answers): Step
}

export interface SolverOptions {
  /** if there is no solution, look for changes to the root that give one; may take as long as several solutions */
  readonly withFixes?: boolean
  /** also prove that each held-back direct dependency can't be newer, if nothing is locked */
  readonly withProof?: boolean
}

/** Starts to resolve a problem. The outcome doesn't depend on the order in which answers arrive. */
export function createSolver(problem: ResolveProblem, options: SolverOptions = {}): Solver {
  const known = new KnownPackages(problem)
  const course = solve(problem, known, options)
  let outcome: Outcome | undefined
  let wanted: readonly PackageName[] = []
  return {
    step(answers = new Map()) {
      known.learn(answers)
      while (outcome === undefined) {
        const unanswered = known.open(wanted)
        if (unanswered.length > 0) return { type: 'need', names: unanswered }
        const next = course.next()
        if (next.done === true) outcome = next.value
        else if (next.value.type === 'pause') return next.value
        else wanted = next.value.names
      }
      return outcome
    },
  }
}

/** Chooses versions for everything required, then for optional dependencies. Yields the names it needs. */
function* solve(
  problem: ResolveProblem,
  known: KnownPackages,
  { withFixes = false, withProof = false }: SolverOptions,
): Asking<Outcome> {
  yield needed(requiredNames(problem))
  const required = yield* solveRequired(problem, known)
  if (required.type === 'unsolvable') {
    const fixes = withFixes ? yield* findFixes(problem, known, required.failure) : []
    return { ...required, fixes }
  }
  if (required.type !== 'decided') return required
  // Optional dependencies may deviate from the lock: versions locked for the sake of others must not keep them out.
  const search = yield* released(problem, known, required.search)
  search.setBaseLevel()

  const optional = new OptionalDependencies(search, problem)
  yield* optional.settle()
  const active: Active = (by, declared) => optional.active(by, declared)
  const chosen = search.chosen()
  const solution = {
    packages: reachedPackages(problem.dependencies, chosen, active),
    omitted: sortedByName(optional.omitted),
    heldBack: heldBack(problem, chosen, known),
    isNewest: required.isNewest,
    steps: required.steps + search.steps,
  }
  const isProvable = withProof && problem.locked.size === 0 && (problem.resolution ?? 'highest') === 'highest'
  const refutations = isProvable ? yield* refuteNewer(problem, known, versionsOf(chosen)) : []
  return { type: 'solved', solution, refutations }
}

type Required =
  | {
      readonly type: 'decided'
      readonly search: Search
      readonly isNewest: boolean
      /** steps taken before this search */
      readonly steps: number
    }
  | { readonly type: 'unsolvable'; readonly failure: Failure }
  | { readonly type: 'exhausted'; readonly steps: number }

/**
 * Finds versions for everything required with the fewest changes to the lock. At first, all of it is kept. If that is
 * contradictory, each contradiction names locked versions, one of which must change. The smallest set that resolves all
 * contradictions found so far is released.
 *
 * Deciding direct dependencies first, in order, gives the newest versions, but can take forever if the conflict is
 * elsewhere. So half of the budget goes to a search that decides what is in conflict first, and then makes its solution
 * as new as it can.
 */
function* solveRequired(problem: ResolveProblem, known: KnownPackages): Asking<Required> {
  const contradictions: ReadonlySet<PackageName>[] = []
  const order = orderOfGivingWay(problem)
  const budget = problem.budget ?? DEFAULT_BUDGET
  let taken = 0
  for (;;) {
    const changed = smallestHittingSet(contradictions, order)
    const kept = new Set([...problem.locked.keys()].filter((name) => !changed.has(name)))
    let search = new Search(problem, known, { kept, budget: (budget - taken) / 2 })
    search.begin()
    let progress = yield* runToEnd(search)
    taken += search.steps
    const isInOrder = progress.type !== 'exhausted'
    if (!isInOrder) {
      search = new Search(problem, known, { kept, budget: budget - taken, isFree: true })
      search.begin()
      progress = yield* runToEnd(search)
      taken += search.steps
    }
    if (progress.type === 'exhausted') return { type: 'exhausted', steps: taken }
    if (progress.type === 'decided') {
      if (isInOrder) return { type: 'decided', search, isNewest: true, steps: taken - search.steps }
      return yield* improved(problem, known, search, taken)
    }
    const failure = { incompatibility: progress.incompatibility }
    const reason = locksIn(failure).size === 0 ? failure : yield* minimalReason(problem, known, failure, ['locks'])
    const locks = locksIn(reason)
    // Releasing versions can't resolve a contradiction without locked ones.
    if (locks.size === 0) return { type: 'unsolvable', failure: yield* minimalReason(problem, known, reason) }
    contradictions.push(locks)
  }
}

/** Makes a solution that was found in any order as new as the budget allows. */
function* improved(problem: ResolveProblem, known: KnownPackages, found: Search, taken: number): Asking<Required> {
  const { budget = DEFAULT_BUDGET, locked, resolution = 'highest' } = problem
  if (locked.size > 0 || resolution !== 'highest')
    return { type: 'decided', search: found, isNewest: false, steps: taken - found.steps }
  const { search, isNewest, steps } = yield* makeNewest(problem, known, found, budget - taken)
  return { type: 'decided', search, isNewest, steps: taken + steps - search.steps }
}

/** Starts a search where another one ended, without keeping the lock. */
function* released(problem: ResolveProblem, known: KnownPackages, found: Search): Asking<Search> {
  if (problem.locked.size === 0) return found
  const chosen = found.chosen()
  const lists = [problem.dependencies, ...[...chosen.values()].map(({ dependencies }) => dependencies)]
  if (!lists.flat().some(({ optional }) => optional)) return found
  const search = new Search(problem, known, { chosen })
  search.begin()
  yield* runToEnd(search)
  return search
}

/** Ranks which locked versions to release first: indirect dependencies, then the last declared. */
function orderOfGivingWay({ dependencies, locked }: ResolveProblem): (name: PackageName) => number {
  const direct = dependencies.map(({ name }) => name).reverse()
  const others = [...locked.keys()].filter((name) => !direct.includes(name)).sort()
  const ranks = new Map([...others, ...direct].map((name, rank) => [name, rank]))
  return (name) => ranks.get(name) ?? 0
}

function versionsOf(chosen: ReadonlyMap<PackageName, Candidate>): Map<PackageName, Version> {
  return new Map([...chosen].map(([name, { version }]) => [name, version]))
}

/**
 * Returns the names the root requires. Optional names come later, because they must not influence the first choices.
 */
function requiredNames({ dependencies }: ResolveProblem): PackageName[] {
  const required = dependencies.filter(({ optional }) => !optional)
  return [...new Set(required.map(({ name }) => name))].sort()
}
