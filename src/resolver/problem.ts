import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Target } from '../schema/target.ts'
import type { Version } from '../schema/version.ts'

/** The newest versions, or the oldest: of all packages, or of direct dependencies only. */
export const RESOLUTIONS = ['highest', 'lowest', 'lowest-direct'] as const
export type Resolution = (typeof RESOLUTIONS)[number]

/** The question to resolve. The answer depends on nothing else: no clock and no environment. */
export interface ResolveProblem {
  /** The root's dependencies except `path:` ones, in order of preference: earlier ones are decided first. */
  readonly dependencies: readonly Dependency[]
  /** The locked versions: kept where they still fit, and the only way to get a yanked version. */
  readonly locked: ReadonlyMap<PackageName, Version>
  /** Ranges in the root that replace every other range on a name, including the root's own. */
  readonly overrides: ReadonlyMap<PackageName, string>
  /** Ranges that replace the root's own, overrides included: used to explore alternatives. */
  readonly pins?: ReadonlyMap<PackageName, string> | undefined
  /** Candidates whose conditions it doesn't meet are not eligible. Fields left out exclude nothing. */
  readonly target?: Target | undefined
  /** Which versions are preferred (default: highest). Locked versions come first in any case. */
  readonly resolution?: Resolution | undefined
  /** RFC 3339: candidates published later, or at an unknown time, are not eligible. */
  readonly excludeNewer?: string | undefined
  /**
   * The most steps the solver may take; a step is one round of its main loop, so the limit is the same on every
   * machine.
   */
  readonly budget?: number | undefined
}

/** Far more than any real project takes; less than a minute. */
export const DEFAULT_BUDGET = 2_000_000
