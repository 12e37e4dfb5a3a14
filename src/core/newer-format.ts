import type { ErrorCode } from '../schema/errors.ts'
import { CpmError } from './errors.ts'

/**
 * Refuses a document in a newer format before its schema is checked: its fields may differ, and the schema's errors
 * would only confuse.
 * @param what names the document in the error
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
  return new CpmError(code, `${what} was written by a newer cpm`, { hint: UPGRADE })
}

/** The command that installs a cpm which reads a newer format. */
export const UPGRADE = 'npm install --global colony-cpm@latest'
