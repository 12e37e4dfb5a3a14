import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { VersionSet } from './version-set.ts'

/**
 * Why an incompatibility is true: a fact of the outside, or a conclusion from two others. Conclusions make a graph
 * whose leaves are facts: the derivation.
 */
export type Cause = Fact | Conclusion

export type Fact = DemandFact | LockFact

/** Each of these versions of a package requires another one, in some of the versions that are wanted. */
export interface DemandFact {
  readonly type: 'demand'
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
export interface LockFact {
  readonly type: 'lock'
  readonly target: Package
  readonly wanted: VersionSet
}

export interface Conclusion {
  readonly type: 'conclusion'
  /** the package whose state makes no difference to it */
  readonly on: Package
  readonly from: readonly [Incompatibility, Incompatibility]
}
