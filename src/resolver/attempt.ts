import type { PackageName } from '../schema/name.ts'
import { KnownPackages } from './known-packages.ts'
import type { Failure } from './failure.ts'
import type { ResolveProblem } from './problem.ts'
import { type Asking, needed, PAUSE } from './request.ts'
import { runToEnd, Search, type SearchOptions } from './search.ts'

/** How an attempt to solve a variant of the problem ended. */
export type Attempt =
  | { readonly type: 'solved'; readonly search: Search; readonly steps: number }
  | { readonly type: 'failed'; readonly failure: Failure; readonly known: KnownPackages; readonly steps: number }
  | { readonly type: 'exhausted'; readonly steps: number }

/** Solves the required part of a problem with the packages known so far, and requests the rest. */
export function* tryToSolve(problem: ResolveProblem, shared: KnownPackages, options: SearchOptions): Asking<Attempt> {
  const known = new KnownPackages(problem, shared)
  const search = new Search(problem, known, options)
  const names = problem.dependencies.filter(({ optional }) => !optional).map(({ name }) => name)
  yield* opened(known, [...new Set(names)].sort())
  search.begin()
  const asking = runToEnd(search)
  for (let next = asking.next(); ; next = asking.next()) {
    const { steps } = search
    if (next.done !== true) yield* opened(known, next.value.type === 'need' ? next.value.names : [])
    else if (next.value.type === 'decided') return { type: 'solved', search, steps }
    else if (next.value.type === 'exhausted') return { type: 'exhausted', steps }
    else return { type: 'failed', failure: { incompatibility: next.value.incompatibility }, known, steps }
  }
}

/** Opens packages by name, after requesting those that are not known yet. */
function* opened(known: KnownPackages, names: readonly PackageName[]): Asking<void> {
  const unanswered = known.open(names)
  if (unanswered.length === 0) {
    if (names.length === 0) yield PAUSE
    return
  }
  yield needed(unanswered)
  known.open(names)
}
