import { ERRORS, type ErrorCode, type ErrorDocument } from '../src/schema/errors.ts'
import { CpmError, fileError, systemCode } from '../src/core/errors.ts'

export interface PublicError {
  readonly status: number
  readonly error: ErrorDocument
  /** went wrong here, not at the client: worth a line for the operator */
  readonly isOurs: boolean
}

/** What a client is told of errors whose own words are for the operator: they name folders, processes and hosts. */
const GENERAL_WORDS: Partial<Record<ErrorCode, string>> = {
  INTERNAL: 'the registry went wrong',
  FILE_UNREADABLE: 'the registry’s storage can’t be read or written',
  DISK_FULL: 'the registry has no room left',
  LOCK_TIMEOUT: 'another change of these packages is under way for too long',
  JOURNAL_INVALID: 'an earlier publication can’t be finished',
  PROJECT_UNSAFE: 'that name can’t be a path',
  CONFIG_INVALID: 'the registry’s settings can’t be read',
}

/**
 * What a client is told of an error. Whatever names the server’s folders is said in other words, or with the registry’s name in place of its
 * folder.
 */
export function publicError(thrown: unknown, { root, name }: { root: string; name: string }): PublicError {
  const error = thrown instanceof CpmError ? thrown : fromFramework(thrown)
  const status = statusOf(thrown, error)
  const words = GENERAL_WORDS[error.code]
  const isOurs = status >= 500 && error.code !== 'REGISTRY_BUSY'
  if (words !== undefined) return { status, error: { code: error.code, message: words }, isOurs }
  const escaped = JSON.stringify(root).slice(1, -1)
  const text = JSON.stringify(error.toJSON()).replaceAll(escaped, JSON.stringify(name).slice(1, -1))
  return { status, error: JSON.parse(text) as ErrorDocument, isOurs }
}

function statusOf(thrown: unknown, error: CpmError): number {
  const { http } = ERRORS[error.code]
  // What another registry sent is not the client’s fault, whatever is wrong with it.
  if (error.details.upstream === true && http < 500) return 502
  // A framework’s status is the finer one, as 415 for a body of another kind.
  const given = thrown instanceof CpmError ? undefined : (thrown as { statusCode?: unknown } | null)?.statusCode
  return typeof given === 'number' && given >= 400 && given < 500 ? given : http
}

/** Errors of the framework and its parsers that a client caused. Anything else is a bug. */
function fromFramework(thrown: unknown): CpmError {
  const { statusCode, message } = (thrown ?? {}) as { statusCode?: unknown; message?: unknown }
  if (statusCode === 413) return new CpmError('REQUEST_TOO_LARGE', 'the request is larger than this registry accepts')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new CpmError('REQUEST_INVALID', lowered(String(message)), { cause: thrown })
  }
  // A system call that nobody wrapped: a full disk may show in any of them.
  const isOfSystem = /^E[A-Z0-9]+$/.test(systemCode(thrown) ?? '')
  if (isOfSystem) return fileError(thrown, 'work in', 'the registry')
  return new CpmError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
