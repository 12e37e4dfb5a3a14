import type { PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import { Catalogue } from './catalogue.ts'
import type { Failure } from './failure.ts'
import { type Fix, findFixes } from './fix.ts'
import { OptionalDependencies } from './optional.ts'
import { smallestHittingSet } from './hitting-set.ts'
import { DEFAULT_BUDGET, type Problem } from './problem.ts'
import { locksIn, minimalReason } from './reason.ts'
import { runToEnd, Search } from './search.ts'
import { type Active, heldBack, reachedPackages, type Solution, sortedByName } from './solution.ts'

/** How resolving ended. */
export type Outcome =
  | { readonly type: 'solved'; readonly solution: Solution }
  | { readonly type: 'unsolvable'; readonly failure: Failure; readonly fixes: readonly Fix[] }
  /** the step budget ran out: there may be a solution or not */
  | { readonly type: 'exhausted'; readonly steps: number }

/** What a step of the solver answers: the outcome, or what it waits for. */
export type Step =
  | Outcome
  | { readonly type: 'need'; readonly names: readonly PackageName[] }
  /** it was at work for some milliseconds: whoever has other things to do can do them, then step again */
  | { readonly type: 'pause' }

export type Answers = ReadonlyMap<PackageName, PackageDocument | null>

/** A solver that stops wherever it needs to know more. It goes on when every name it asked for has an answer. */
export interface Solver {
  step(answers?: Answers): Step
}

export interface SolverOptions {
  /** where there is no solution, look for changes of the root that make one: that may take as long as several solutions */
  readonly withFixes?: boolean
}

/** Starts to resolve a problem. Answers may come in any order and portions: the outcome is the same. */
export function createSolver(problem: Problem, options: SolverOptions = {}): Solver {
  const catalogue = new Catalogue(problem)
  const course = solve(problem, catalogue, options)
  let outcome: Outcome | undefined
  let needed: readonly PackageName[] = []
  return {
    step(answers = new Map()) {
      catalogue.learn(answers)
      while (outcome === undefined) {
        const unanswered = catalogue.open(needed)
        if (unanswered.length > 0) return { type: 'need', names: unanswered }
        const next = course.next()
        if (next.done === true) outcome = next.value
        else if (next.value.length === 0) return { type: 'pause' }
        else needed = next.value
      }
      return outcome
    },
  }
}

/** The whole course: versions for all that is required, then what is optional. Yields names it must know to go on. */
function* solve(
  problem: Problem,
  catalogue: Catalogue,
  { withFixes = false }: SolverOptions,
): Generator<readonly PackageName[], Outcome, void> {
  yield requiredNames(problem)
  const required = yield* solveRequired(problem, catalogue)
  if (required.type === 'unsolvable') {
    const fixes = withFixes ? yield* findFixes(problem, catalogue, required.failure) : []
    return { ...required, fixes }
  }
  if (required.type !== 'decided') return required
  // What is optional may leave the lock: it must not be kept from fitting by versions that only others were locked to.
  const search = yield* released(problem, catalogue, required.search)
  search.hold()

  const optional = new OptionalDependencies(search, problem)
  yield* optional.settle()
  const active: Active = (by, declared) => optional.active(by, declared)
  const chosen = search.chosen()
  const solution = {
    packages: reachedPackages(problem.dependencies, chosen, active),
    omitted: sortedByName(optional.omitted),
    heldBack: heldBack(problem, chosen, catalogue),
    steps: search.steps,
  }
  return { type: 'solved', solution }
}

type Required =
  | { readonly type: 'decided'; readonly search: Search }
  | { readonly type: 'unsolvable'; readonly failure: Failure }
  | { readonly type: 'exhausted'; readonly steps: number }

/**
 * Finds versions for all that is required with the fewest changes of what the lock has. All of it is kept at first. Where that is
 * contradictory, each contradiction tells of some locked versions of which one has to give way; the fewest that are enough for all
 * contradictions met so far do.
 */
function* solveRequired(problem: Problem, catalogue: Catalogue): Generator<readonly PackageName[], Required, void> {
  const contradictions: ReadonlySet<PackageName>[] = []
  const order = orderOfGivingWay(problem)
  let taken = 0
  for (;;) {
    const changed = smallestHittingSet(contradictions, order)
    const kept = new Set([...problem.locked.keys()].filter((name) => !changed.has(name)))
    const search = new Search(problem, catalogue, { kept, budget: (problem.budget ?? DEFAULT_BUDGET) - taken })
    search.begin()
    const progress = yield* runToEnd(search)
    taken += search.steps
    if (progress.type === 'decided') return { type: 'decided', search }
    if (progress.type === 'exhausted') return { type: 'exhausted', steps: taken }
    const failure = { incompatibility: progress.incompatibility }
    const reason = locksIn(failure).size === 0 ? failure : yield* minimalReason(problem, catalogue, failure, ['locks'])
    const locks = locksIn(reason)
    // What needs no lock to be contradictory is so whatever gives way.
    if (locks.size === 0) return { type: 'unsolvable', failure: yield* minimalReason(problem, catalogue, reason) }
    contradictions.push(locks)
  }
}

/** A search that stands where another one came to, and no longer keeps what the lock has. */
function* released(
  problem: Problem,
  catalogue: Catalogue,
  found: Search,
): Generator<readonly PackageName[], Search, void> {
  const chosen = found.chosen()
  const lists = [problem.dependencies, ...[...chosen.values()].map(({ dependencies }) => dependencies)]
  if (problem.locked.size === 0 || !lists.flat().some(({ optional }) => optional)) return found
  const search = new Search(problem, catalogue, { chosen })
  search.begin()
  yield* runToEnd(search)
  return search
}

/** Where one of several locked versions has to give way: rather one that nobody asked for by name, then the one declared last. */
function orderOfGivingWay({ dependencies, locked }: Problem): (name: PackageName) => number {
  const direct = dependencies.map(({ name }) => name).reverse()
  const others = [...locked.keys()].filter((name) => !direct.includes(name)).sort()
  const ranks = new Map([...others, ...direct].map((name, rank) => [name, rank]))
  return (name) => ranks.get(name) ?? 0
}

/** What the root requires. Optional names are not asked for yet: they must not influence what is chosen first. */
function requiredNames({ dependencies }: Problem): PackageName[] {
  const required = dependencies.filter(({ optional }) => !optional)
  return [...new Set(required.map(({ name }) => name))].sort()
}
