import { type ErrorCode, ERRORS } from '../../src/schema/errors.ts'
import { CpmError } from '../../src/core/errors.ts'

/** Codes that say something of what was received, or of this machine; all others say that the other side could not be asked. */
const TELLING = new Set<ErrorCode>([
  ...(Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].exit === 'verification'),
  ...(['REGISTRY_INVALID', 'REGISTRY_MISBEHAVED', 'REGISTRY_BUSY', 'MANIFEST_INVALID'] as const),
  ...(['FILE_UNREADABLE', 'FILE_UNWRITABLE', 'READ_ONLY', 'DISK_FULL', 'INTERNAL'] as const),
])

const WORDS: Partial<Record<ErrorCode, string>> = {
  REGISTRY_BUSY: 'the upstream registry has too much to do',
  REGISTRY_MISBEHAVED: 'the upstream registry gave an answer that is not one',
  REGISTRY_INVALID: 'the upstream registry gave an answer that is not one',
  FILE_UNREADABLE: "the copy of the upstream registry can't be read",
  FILE_UNWRITABLE: "the copy of the upstream registry can't be written",
  READ_ONLY: "the copy of the upstream registry can't be written",
  DISK_FULL: "the copy of the upstream registry can't be written",
  INTERNAL: 'the copy of the upstream registry went wrong',
  INDEX_REWRITTEN: 'the upstream registry has another history than before',
}
const NOT_PROVEN = "what the upstream registry sent can't be proven"

/**
 * Asks the other registry. That it wants a token which this one does not have is no business of the client, whose own token is another matter:
 * it learns that the answer is not known. What was received and is wrong keeps its code, and is told as a failure of a server. Nothing else
 * of an answer is told to clients, neither its length nor its status nor a word of it: whoever can make this server ask a host could else
 * read what only the server may. The operator is told everything (`request-failed`).
 */
export async function asking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof CpmError && TELLING.has(error.code) ? error.code : undefined
    const reportedCode = code ?? 'REGISTRY_UNREACHABLE'
    const words = code === undefined ? "the upstream registry can't be asked" : (WORDS[code] ?? NOT_PROVEN)
    throw new CpmError(reportedCode, words, { details: { upstream: true }, cause: error })
  }
}
