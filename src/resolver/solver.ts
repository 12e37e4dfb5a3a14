import type { PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import { Catalogue } from './catalogue.ts'
import type { Failure } from './failure.ts'
import { OptionalDependencies } from './optional.ts'
import type { Problem } from './problem.ts'
import { Search } from './search.ts'
import { type Active, composeSolution, type Solution } from './solution.ts'

/** How resolving ended. */
export type Outcome =
  | { readonly type: 'solved'; readonly solution: Solution }
  | { readonly type: 'unsolvable'; readonly failure: Failure }
  /** the step budget ran out: there may be a solution or not */
  | { readonly type: 'exhausted'; readonly steps: number }

/** What a step of the solver answers: the outcome, or the names it has to know before it can go on. */
export type Step = Outcome | { readonly type: 'need'; readonly names: readonly PackageName[] }

export type Answers = ReadonlyMap<PackageName, PackageDocument | null>

/** A solver that stops wherever it needs to know more. It goes on when every name it asked for has an answer. */
export interface Solver {
  step(answers?: Answers): Step
}

/** Starts to resolve a problem. Answers may come in any order and portions: the outcome is the same. */
export function createSolver(problem: Problem): Solver {
  const catalogue = new Catalogue(problem)
  const course = solve(problem, catalogue)
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
        else needed = next.value
      }
      return outcome
    },
  }
}

/** The whole course: versions for all that is required, then what is optional. Yields names it must know to go on. */
function* solve(problem: Problem, catalogue: Catalogue): Generator<readonly PackageName[], Outcome, void> {
  const search = new Search(problem, catalogue)
  yield requiredNames(problem)
  search.begin()
  let progress = search.run()
  for (; progress.type === 'missing'; progress = search.run()) yield progress.names
  if (progress.type === 'exhausted') return { type: 'exhausted', steps: search.steps }
  if (progress.type === 'failed') return { type: 'unsolvable', failure: { incompatibility: progress.incompatibility } }
  search.hold()

  const optional = new OptionalDependencies(search, problem)
  yield* optional.settle()
  const active: Active = (by, declared) => optional.active(by, declared)
  const solution = composeSolution(problem.dependencies, search.chosen(), active, optional.omitted, search.steps)
  return { type: 'solved', solution }
}

/** What the root requires. Optional names are not asked for yet: they must not influence what is chosen first. */
function requiredNames({ dependencies }: Problem): PackageName[] {
  const required = dependencies.filter(({ optional }) => !optional)
  return [...new Set(required.map(({ name }) => name))].sort()
}
