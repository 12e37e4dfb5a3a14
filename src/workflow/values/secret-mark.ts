import { createHmac, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { makeFolders } from '../../core/atomic-file.ts'
import { fileError, systemCode } from '../../core/errors.ts'
import { placeOnce } from '../../core/lock-mark.ts'
import path from 'node:path'

/**
 * Returns a function that computes a keyed hash by which the value of a secret is recognized. The key is kept apart
 * from the records of runs, so that nobody can test guesses against a shared record. `place` is hashed as well, so
 * that a record does not reveal that two runs had the same value.
 * @param temporary an unused path on the same file system
 */
export function markSecret(keyFile: string, temporary: string): (place: string, value: string | Buffer) => string {
  const key = readKey(keyFile) ?? makeKey(keyFile, temporary)
  return (place, value) => createHmac('sha256', key).update(`${place}\0`).update(value).digest('hex')
}

function readKey(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw fileError(error, 'read', file)
  }
}

/** Creates the key. Processes that do so at the same time all get the same key, and none sees a partial one. */
function makeKey(file: string, temporary: string): Buffer {
  try {
    makeFolders(path.dirname(file))
    fs.writeFileSync(temporary, randomBytes(32), { flag: 'wx', mode: 0o600 })
    placeOnce(temporary, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(error, 'write', file)
  } finally {
    fs.rmSync(temporary, { force: true })
  }
  return fs.readFileSync(file)
}
