import type { ErrorCode } from '../schema/errors.ts'
import { CpmError } from './errors.ts'

/**
 * Says of something in a newer format that it is one, before its fields are looked at: they may be others, and what a schema says of them
 * helps nobody.
 * @param what names the thing in the error
 */
export function refuseNewer(
  value: unknown,
  code: ErrorCode,
  what: string,
  key: 'schemaVersion' | 'v' = 'schemaVersion',
) {
  const version = (value as Partial<Record<typeof key, unknown>> | null)?.[key]
  if (typeof version === 'number' && version > 1) throw madeByNewer(code, what)
}

export function madeByNewer(code: ErrorCode, what: string): CpmError {
  return new CpmError(code, `${what} was made by a newer cpm`, { hint: UPGRADE })
}

/** What is typed to read a newer format. */
export const UPGRADE = 'npm install --global colony-cpm@latest'
