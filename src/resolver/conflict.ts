import { widenIncompatibility } from './dependency-incompatibility.ts'
import { type Incompatibility, resolveOn } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { Assignment, PartialSolution } from './partial-solution.ts'
import type { VersionSet } from './version-set.ts'

/** The versions of a package to look at together with some that are in conflict, where it pays to look at more than these. */
export type Look = (pkg: Package, versions: VersionSet) => VersionSet | undefined

/** What a conflict taught. */
export interface LearnedIncompatibility {
  readonly incompatibility: Incompatibility
  /** the level on which its terms became all true: nothing can be saved without going back below it */
  readonly brokenSince: number
}

/**
 * Conflict resolution: finds the reason for a conflict. The terms of `conflict` are all true. The one that became true
 * last, on the highest level, was derived from some other incompatibility; resolving with that one gives a new
 * incompatibility whose terms are all true as well, but were so earlier. This goes on until only one term became true on the
 * highest level: where that level is taken back, the incompatibility says what should have been derived.
 */
export function resolveConflict(
  conflict: Incompatibility,
  solution: PartialSolution,
  look: Look = () => undefined,
): LearnedIncompatibility {
  let incompatibility = conflict
  for (;;) {
    if (incompatibility.isFailure) return { incompatibility, brokenSince: 0 }
    const { last, levelBefore } = lastSatisfier(incompatibility, solution)
    if (last.cause === undefined || levelBefore < last.level) {
      return { incompatibility, brokenSince: last.level }
    }
    incompatibility = resolveOn(last.package, incompatibility, forAllAlike(last, incompatibility, solution, look))
  }
}

/**
 * What an assignment was derived from. Where that is a cause about a package which was in several conflicts, the same cause about all its
 * versions that lead to this conflict alike.
 */
function forAllAlike(
  { package: pkg, cause, position }: Assignment,
  conflict: Incompatibility,
  solution: PartialSolution,
  look: Look,
): Incompatibility {
  if (cause === undefined) throw new Error('a choice was not derived from anything')
  if (cause.cause.type !== 'dependency') return cause
  const { by, target, versions } = cause.cause
  const among = look(by, versions)
  if (among === undefined) return cause
  // Derived for the target: all that require what is in conflict. Derived for the demanding: all that can't do with what was there.
  if (pkg === by) return widenIncompatibility(cause, solution.allowedBefore(target, position).complement(), among)
  const within = conflict.termOn(target)
  return within === undefined ? cause : widenIncompatibility(cause, within.versions, among)
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
    } else if (isAfter(satisfier, last)) {
      levelBefore = Math.max(levelBefore, last.level)
      last = satisfier
    } else {
      levelBefore = Math.max(levelBefore, satisfier.level)
    }
  }
  if (last === undefined) throw new Error('an incompatibility without terms is a failure')
  return { last, levelBefore }
}

/** Whether an assignment rests on a later choice than another, or on the same and was made after it. */
function isAfter(a: Assignment, b: Assignment): boolean {
  return a.level === b.level ? a.position > b.position : a.level > b.level
}
