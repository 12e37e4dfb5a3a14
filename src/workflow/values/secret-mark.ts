import { createHmac, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { makeFolders } from '../../core/atomic-file.ts'
import { fileError, systemCode } from '../../core/errors.ts'
import path from 'node:path'

/**
 * By what a value of a secret is known again: a keyed hash. The key lies apart from the records of runs, so a record that is shown to others
 * doesn't let them try guesses; `place` is hashed along, so it doesn't tell that two runs had the same value either.
 */
export function markSecret(keyFile: string): (place: string, value: string | Buffer) => string {
  const key = readKey(keyFile) ?? makeKey(keyFile)
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

/** Two that make it at a time end up with the same one, and nobody sees half of it. */
function makeKey(file: string): Buffer {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    makeFolders(path.dirname(file))
    fs.writeFileSync(temporary, randomBytes(32), { flag: 'wx', mode: 0o600 })
    fs.linkSync(temporary, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(error, 'write', file)
  } finally {
    fs.rmSync(temporary, { force: true })
  }
  return fs.readFileSync(file)
}
