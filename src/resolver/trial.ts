import type { PackageName } from '../schema/name.ts'
import { Catalogue } from './catalogue.ts'
import type { Failure } from './failure.ts'
import type { Problem } from './problem.ts'
import { runToEnd, Search, type SearchOptions } from './search.ts'

/** What came of a question beside the one that is being resolved. */
export type Trial =
  | { readonly type: 'solved'; readonly search: Search; readonly steps: number }
  | { readonly type: 'failed'; readonly failure: Failure; readonly catalogue: Catalogue; readonly steps: number }
  | { readonly type: 'exhausted'; readonly steps: number }

export type Asking<T> = Generator<readonly PackageName[], T, void>

/** Resolves what is required of a problem. What others know of packages counts; names that nobody knows yet are yielded. */
export function* tryToSolve(problem: Problem, known: Catalogue, options: SearchOptions): Asking<Trial> {
  const catalogue = new Catalogue(problem, known)
  const search = new Search(problem, catalogue, options)
  const names = problem.dependencies.filter(({ optional }) => !optional).map(({ name }) => name)
  yield* opened(catalogue, [...new Set(names)].sort())
  search.begin()
  const asking = runToEnd(search)
  for (let next = asking.next(); ; next = asking.next()) {
    const { steps } = search
    if (next.done !== true) yield* opened(catalogue, next.value)
    else if (next.value.type === 'decided') return { type: 'solved', search, steps }
    else if (next.value.type === 'exhausted') return { type: 'exhausted', steps }
    else return { type: 'failed', failure: { incompatibility: next.value.incompatibility }, catalogue, steps }
  }
}

/** Opens names in a catalogue, after those that nobody has asked for yet were asked for. */
function* opened(catalogue: Catalogue, names: readonly PackageName[]): Asking<void> {
  const unanswered = catalogue.open(names)
  if (unanswered.length === 0) {
    if (names.length === 0) yield []
    return
  }
  yield unanswered
  catalogue.open(names)
}
