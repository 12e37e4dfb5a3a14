import type { ExternalCause } from './incompatibility.ts'
import { resolveConflict } from './conflict.ts'
import { incompatibilityOf } from './dependency-incompatibility.ts'
import type { Failure } from './failure.ts'
import { PartialSolution } from './partial-solution.ts'
import { Preference } from './preference.ts'
import { Propagation } from './propagation.ts'

/**
 * Derives the contradiction from a set of causes alone, without looking anything up. Returns undefined if there is no
 * contradiction, or if the search takes too long for a message.
 */
export function refutationOf(causes: readonly ExternalCause[], mostSteps = 20_000): Failure | undefined {
  const root = causes.flatMap((cause) => (cause.type === 'dependency' && cause.by.isRoot ? [cause.by] : []))[0]
  if (root === undefined) return undefined
  const preference = new Preference({ dependencies: [], locked: new Map(), overrides: new Map() })
  const solution = new PartialSolution(preference, (cause) => {
    propagation.recheck(cause)
  })
  const propagation = new Propagation(solution)
  solution.begin(root)
  // The last one is processed first, so this puts the root's dependencies first.
  for (const cause of [...causes].reverse()) {
    const incompatibility = incompatibilityOf(cause)
    if (incompatibility && !propagation.add(incompatibility)) propagation.recheck(incompatibility)
  }
  for (let step = 0; step < mostSteps; step++) {
    const conflict = propagation.run()
    if (conflict === undefined) {
      const next = solution.next
      if (next === undefined) return undefined
      solution.decide(next, solution.allowed(next).highest)
      continue
    }
    const { incompatibility, brokenSince } = resolveConflict(conflict, solution)
    if (incompatibility.isFailure) return { incompatibility }
    solution.backtrackTo(brokenSince - 1)
    if (incompatibility === conflict) propagation.recheck(incompatibility)
    else propagation.add(incompatibility)
  }
  return undefined
}
