import type { Incompatibility } from './incompatibility.ts'

/** Why there is no solution: an incompatibility of the root with itself, whose causes form the whole derivation. */
export interface Failure {
  readonly incompatibility: Incompatibility
}
