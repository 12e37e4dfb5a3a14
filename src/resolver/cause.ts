import type { Demand } from './demand.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { VersionSet } from './version-set.ts'

/**
 * Why an incompatibility is true: a fact of the outside, or a conclusion from two others. Conclusions make a graph
 * whose leaves are facts: the derivation.
 */
export type Cause = Fact | Conclusion

/** Some versions of a package demand another one: those that say so, or more than these where others demand no less. */
export interface Fact {
  readonly type: 'demand'
  readonly demand: Demand
  readonly versions: VersionSet
  readonly target: Package
}

export interface Conclusion {
  readonly type: 'conclusion'
  readonly from: readonly [Incompatibility, Incompatibility]
}
