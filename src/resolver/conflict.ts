import { type Incompatibility, resolveOn } from './incompatibility.ts'
import type { Assignment, PartialSolution } from './partial-solution.ts'

/** What a conflict taught. */
export interface Lesson {
  readonly incompatibility: Incompatibility
  /** the level to go back to: the first on which the incompatibility derives something */
  readonly level: number
  /** the level on which its terms became all true: nothing can be saved without going back below it */
  readonly brokenSince: number
}

/**
 * Conflict resolution: finds the reason for a conflict. The terms of `conflict` are all true. The one that became true
 * last was derived from some other incompatibility; resolving with that one gives a new incompatibility whose terms
 * are all true as well, but were so earlier. This goes on until only one term became true on the last level: going
 * back to the level of the term before it, the incompatibility says what should have been derived there.
 */
export function resolveConflict(conflict: Incompatibility, solution: PartialSolution): Lesson {
  let incompatibility = conflict
  for (;;) {
    if (incompatibility.isFailure) return { incompatibility, level: 0, brokenSince: 0 }
    const { last, levelBefore } = lastSatisfier(incompatibility, solution)
    if (last.cause === undefined || levelBefore < last.level) {
      return { incompatibility, level: levelBefore, brokenSince: last.level }
    }
    incompatibility = resolveOn(last.package, incompatibility, last.cause)
  }
}

/** The assignment that made the last of the terms true, and the level on which all others were. */
function lastSatisfier(
  { terms }: Incompatibility,
  solution: PartialSolution,
): { last: Assignment; levelBefore: number } {
  let last: Assignment | undefined
  let levelBefore = 0
  for (const term of terms) {
    const satisfier = solution.satisfier(term)
    if (last === undefined) {
      last = satisfier
    } else if (satisfier.position > last.position) {
      levelBefore = Math.max(levelBefore, last.level)
      last = satisfier
    } else {
      levelBefore = Math.max(levelBefore, satisfier.level)
    }
  }
  if (last === undefined) throw new Error('an incompatibility without terms is a failure')
  return { last, levelBefore }
}
