import { CpmError } from '../../src/core/errors.ts'

/** Returns the error for a file that the upstream registry lists but does not serve. */
export function missingUpstream(what: string): CpmError {
  return new CpmError('REGISTRY_INVALID', `the upstream registry lists ${what} but does not have it`)
}
