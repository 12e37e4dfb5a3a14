import type { Demand } from './demand.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'

/**
 * Why an incompatibility is true: a fact of the outside, or a conclusion from two others. Conclusions make a graph
 * whose leaves are facts: the derivation.
 */
export type Cause = Fact | Conclusion

/** Some versions of a package demand another one. */
export interface Fact {
  readonly type: 'demand'
  readonly demand: Demand
  readonly target: Package
}

export interface Conclusion {
  readonly type: 'conclusion'
  readonly from: readonly [Incompatibility, Incompatibility]
}
