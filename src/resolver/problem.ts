import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Target } from '../schema/target.ts'
import type { Version } from '../schema/version.ts'

/** The newest versions, or the oldest: of all packages, or of the direct dependencies alone. */
export const RESOLUTIONS = ['highest', 'lowest', 'lowest-direct'] as const
export type Resolution = (typeof RESOLUTIONS)[number]

/** What is to be resolved. Nothing else, no clock and no environment, has a say in the answer. */
export interface Problem {
  /** What the root asks for, `path:` requirements excepted. The order is a preference: earlier ones are decided first. */
  readonly dependencies: readonly Dependency[]
  /** What the lock has: kept where it still fits, and the only way to a yanked version. */
  readonly locked: ReadonlyMap<PackageName, Version>
  /** Ranges of the root that replace every other range on a name, its own included. */
  readonly overrides: ReadonlyMap<PackageName, string>
  /** Ranges that the root asks for instead of its own, whatever the overrides say: to look into what else there could be. */
  readonly pins?: ReadonlyMap<PackageName, string> | undefined
  /** Candidates whose conditions it does not meet are not eligible. What it does not tell rules nobody out. */
  readonly target?: Target | undefined
  /** Which versions are preferred (default: highest). What the lock has comes first in any case. */
  readonly resolution?: Resolution | undefined
  /** RFC 3339: candidates published after it, or at a time nobody knows, are not eligible. */
  readonly excludeNewer?: string | undefined
  /** How many steps the solver may take; a step is one round of its main loop, so the limit is the same on every machine. */
  readonly budget?: number | undefined
}

/** Far more than any real project takes, and less than a minute. */
export const DEFAULT_BUDGET = 2_000_000
