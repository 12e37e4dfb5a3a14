import type { ErrorCode } from '../schema/errors.ts'
import { CpmError } from './errors.ts'

/**
 * Asks a second time where the first answer is not what was promised. One bad answer is more often a broken proxy or cache than an attack;
 * a second one is the alarm.
 */
export async function askTwice<T>(doubtful: ReadonlySet<ErrorCode>, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof CpmError && doubtful.has(error.code)) return await ask()
    throw error
  }
}
