import { widenIncompatibility } from './dependency-incompatibility.ts'
import { type Incompatibility, resolveOn } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { Assignment, PartialSolution } from './partial-solution.ts'
import type { VersionSet } from './version-set.ts'

/** Returns versions of a package to look at together with those in conflict, or undefined if that costs too much. */
export type Look = (pkg: Package, versions: VersionSet) => VersionSet | undefined

/** What was learned from a conflict. */
export interface LearnedIncompatibility {
  readonly incompatibility: Incompatibility
  /** the level at which all its terms became true: only backtracking below it can help */
  readonly brokenSince: number
}

/**
 * Conflict resolution: finds the reason for a conflict. All terms of `conflict` are true. The term that became true
 * last, at the highest level, was derived from another incompatibility; resolving the two gives a new incompatibility
 * whose terms are all true too, but became so earlier. This repeats until only one term became true at the highest
 * level. After backtracking from that level, the incompatibility derives what should have been derived there in the
 * first place.
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
 * Returns the cause of an assignment. If it is about a package that was in several conflicts, widens it to all versions
 * that lead to this conflict in the same way.
 */
function forAllAlike(
  { package: pkg, cause, position }: Assignment,
  conflict: Incompatibility,
  solution: PartialSolution,
  look: Look,
): Incompatibility {
  if (cause === undefined) throw new Error('a decision has no cause')
  if (cause.cause.type !== 'dependency') return cause
  const { by, target, versions } = cause.cause
  const among = look(by, versions)
  if (among === undefined) return cause
  // Derived for the target: include all versions that require what is in conflict. Derived for the dependent: include
  // all versions that can't work with what was there.
  if (pkg === by) return widenIncompatibility(cause, solution.allowedBefore(target, position).complement(), among)
  const within = conflict.termOn(target)
  return within === undefined ? cause : widenIncompatibility(cause, within.versions, among)
}

/** Returns the assignment that made the last of the terms true, and the level at which all others were true. */
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

/** Returns whether an assignment depends on a later decision than another, or on the same one and was made later. */
function isAfter(a: Assignment, b: Assignment): boolean {
  return a.level === b.level ? a.position > b.position : a.level > b.level
}
