import fs from 'node:fs'
import path from 'node:path'
import { fateOfMaker } from './process-identity.ts'

/**
 * A process of unknown fate counts as ended when it has not touched its files for this long: clocks jump, and machines
 * sleep overnight.
 */
const SILENT_AFTER = 24 * 3_600_000

/**
 * Returns whether the process that a file or folder is named after (`nameAfterProcess`) has ended; if that is unknown,
 * whether the file was untouched for `silence` milliseconds.
 * @param name the part of the file's name that names the process
 */
export function isAbandoned(file: string, { name = path.basename(file), silence = SILENT_AFTER } = {}): boolean {
  const fate = fateOfMaker(name)
  return fate === 'ended' || (fate === 'unknown' && isSilent(file, silence))
}

/** Returns whether a file was untouched for `silence` milliseconds. */
export function isSilent(file: string, silence: number): boolean {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > silence
}
