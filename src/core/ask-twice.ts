import type { ErrorCode } from '../schema/errors.ts'
import { CpmError } from './errors.ts'

/**
 * Asks again when the first answer fails with one of the codes in `doubtful`. A single bad answer is more often a
 * broken proxy or cache than an attack, so only the second one is reported.
 */
export async function askTwice<T>(doubtful: ReadonlySet<ErrorCode>, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof CpmError && doubtful.has(error.code)) return await ask()
    throw error
  }
}
