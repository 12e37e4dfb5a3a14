import { gunzipSync } from 'node:zlib'
import type { ErrorCode } from '../../schema/errors.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { readJson } from '../../core/json.ts'
import { refuseNewer } from '../../core/newer-format.ts'
import { readUserFile } from '../../core/user-files.ts'

/**
 * Reads a JSON file, which may be gzipped.
 * @throws CpmError with the given code and the position of the error
 */
export function readJsonFile(file: string, code: ErrorCode, hint?: string): unknown {
  let bytes: Buffer
  try {
    const read = readUserFile(file)
    bytes = file.endsWith('.gz') ? gunzipSync(read) : read
  } catch (error) {
    throw fileError(error, 'read', file)
  }
  const read = readJson(bytes)
  if ('fault' in read) {
    const { line, column, message } = read.fault
    throw new CpmError(code, `${file}:${line}:${column} ${message}`, { hint })
  }
  refuseNewer(read.value, code, file)
  return read.value
}
