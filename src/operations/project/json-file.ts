import { gunzipSync } from 'node:zlib'
import type { ErrorCode } from '../../schema/errors.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { readUserFile } from '../../core/user-files.ts'

/**
 * Reads a file of JSON, which may be gzipped. A key `__proto__` is refused: it would be lost on the way, and what a file says must not be
 * something else than what is read of it.
 * @throws CpmError of the code given where it can't be used
 */
export function readJsonFile(file: string, code: ErrorCode, hint?: string): unknown {
  let text: string
  try {
    const bytes = readUserFile(file)
    text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    throw fileError(error, 'read', file)
  }
  // To look at every key takes time: only where it may be one, written out or with an escape.
  const isSuspect = text.includes('__proto__') || text.includes('\\u')
  const refuse = (key: string, value: unknown) => {
    if (key === '__proto__') throw new CpmError(code, `${file} has a key __proto__, which can’t be a name`, { hint })
    return value
  }
  try {
    return isSuspect ? JSON.parse(text, refuse) : JSON.parse(text)
  } catch (error) {
    if (error instanceof CpmError) throw error
    throw new CpmError(code, `${file} is not JSON`, { hint, cause: error })
  }
}
