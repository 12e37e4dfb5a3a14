import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { VersionSet } from './version-set.ts'

/**
 * Why an incompatibility is true: a cause of the outside, or a conclusion from two others. Conclusions make a graph
 * whose leaves are causes: the derivation.
 */
export type Cause = ExternalCause | DerivedCause

export type ExternalCause = DependencyCause | LockCause

/** Each of these versions of a package requires another one, in some of the versions that are wanted. */
export interface DependencyCause {
  readonly type: 'dependency'
  readonly by: Package
  readonly versions: VersionSet
  readonly target: Package
  /** all versions of the target that any of them can do with */
  readonly wanted: VersionSet
  /** how they ask for it, each range once */
  readonly ranges: readonly string[]
  /** the packages in between, where it is not they themselves that ask for it */
  readonly through?: readonly Package[]
}

/** A package that is installed must be so in the version the lock has. */
export interface LockCause {
  readonly type: 'lock'
  readonly target: Package
  readonly wanted: VersionSet
}

export interface DerivedCause {
  readonly type: 'derived'
  /** the package whose state makes no difference to it */
  readonly on: Package
  readonly from: readonly [Incompatibility, Incompatibility]
}
