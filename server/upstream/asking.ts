import { type ErrorCode, ERRORS } from '../../src/schema/errors.ts'
import { CpmError } from '../../src/core/errors.ts'

/**
 * Codes about what was received, or about this machine. Any other code means that the upstream could not be reached.
 */
const TELLING = new Set<ErrorCode>([
  ...(Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].exit === 'verification'),
  ...(['REGISTRY_INVALID', 'REGISTRY_MISBEHAVED', 'REGISTRY_BUSY', 'MANIFEST_INVALID'] as const),
  ...(['FILE_UNREADABLE', 'FILE_UNWRITABLE', 'READ_ONLY', 'DISK_FULL', 'INTERNAL'] as const),
])

const WORDS: Partial<Record<ErrorCode, string>> = {
  REGISTRY_BUSY: 'the upstream registry is overloaded',
  REGISTRY_MISBEHAVED: 'the upstream registry sent an invalid response',
  REGISTRY_INVALID: 'the upstream registry sent an invalid response',
  FILE_UNREADABLE: "can't read the cache of the upstream registry",
  FILE_UNWRITABLE: "can't write to the cache of the upstream registry",
  READ_ONLY: "can't write to the cache of the upstream registry",
  DISK_FULL: "can't write to the cache of the upstream registry",
  INTERNAL: 'internal error in the cache of the upstream registry',
  INDEX_REWRITTEN: 'the upstream registry has rewritten its history',
}
const NOT_PROVEN = "what the upstream registry sent can't be proven"

/**
 * Asks the upstream registry and hides the details of its errors. If the upstream rejects this server's token, the
 * client only learns that the upstream can't be reached, because its own token is not at fault. A bad answer keeps its
 * code and becomes a server error. Clients never see the length, status or text of an answer: anyone who can point this
 * server at a host could otherwise read what only the server may. The operator gets everything (`request-failed`).
 */
export async function asking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof CpmError && TELLING.has(error.code) ? error.code : undefined
    const reportedCode = code ?? 'REGISTRY_UNREACHABLE'
    const words = code === undefined ? "can't reach the upstream registry" : (WORDS[code] ?? NOT_PROVEN)
    throw new CpmError(reportedCode, words, { details: { upstream: true }, cause: error })
  }
}
