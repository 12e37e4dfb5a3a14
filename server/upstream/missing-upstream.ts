import { CpmError } from '../../src/core/errors.ts'

/** The upstream registry lists something that it does not serve. */
export function missingUpstream(what: string): CpmError {
  return new CpmError('REGISTRY_INVALID', `the upstream registry lists ${what} but does not have it`)
}
