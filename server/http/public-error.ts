import { ERRORS, type ErrorCode, type ErrorDocument } from '../../src/schema/errors.ts'
import type { Route } from '../../src/schema/route.ts'
import { COMMON_ERRORS } from '../../src/schema/routes.ts'
import { CpmError, fileError, systemCode } from '../../src/core/errors.ts'

export interface PublicError {
  readonly status: number
  readonly error: ErrorDocument
  /** went wrong here, not at the client: worth a line for the operator */
  readonly isOurs: boolean
}

interface Circumstances {
  /** the registry's folder, and what it is called */
  root: string
  name: string
  /** what was asked for, as far as that is known */
  route: Route | undefined
}

const IN_GENERAL = 'the registry went wrong'

/** What a client is told of errors whose own words are for the operator: they name folders, processes and hosts. */
const GENERAL_WORDS: Partial<Record<ErrorCode, string>> = {
  INTERNAL: IN_GENERAL,
  FILE_UNREADABLE: "the registry's storage can't be read",
  FILE_UNWRITABLE: "the registry's storage can't be written",
  READ_ONLY: "the registry's storage can't be written",
  LOCK_BLOCKED: "the registry's storage is not as it must be",
  LOCK_LOST: 'the change was interrupted',
  DISK_FULL: 'the registry has no room left',
  LOCK_TIMEOUT: 'another change of these packages is under way for too long',
  JOURNAL_INVALID: "an earlier publication can't be finished",
  PROJECT_UNSAFE: "the registry's storage is not as it must be",
  CONFIG_INVALID: "the registry's settings can't be read",
}

/** What any request can be told of itself, besides what its route declares. */
const OF_REQUESTS: readonly ErrorCode[] = [...COMMON_ERRORS, 'REQUEST_TOO_LARGE', 'REQUEST_TIMEOUT', 'INTERRUPTED']

/**
 * What a client is told of an error. Whatever names the server's folders is said in other words, or with the registry's name in place of its
 * folder. A code that would blame the client, of an operation that does not declare it, is about something of ours: a damaged file, a folder
 * that is none.
 */
export function publicError(thrown: unknown, { root, name, route }: Circumstances): PublicError {
  const error = thrown instanceof CpmError ? thrown : fromFramework(thrown)
  const status = statusOf(thrown, error)
  const words = GENERAL_WORDS[error.code]
  if (status < 500 && !OF_REQUESTS.includes(error.code) && route?.errors.includes(error.code) !== true)
    return { status: 500, error: { code: 'INTERNAL', message: words ?? IN_GENERAL }, isOurs: true }
  const isOurs = status >= 500 && error.code !== 'REGISTRY_BUSY'
  if (words !== undefined) return { status, error: { code: error.code, message: words }, isOurs }
  const escaped = JSON.stringify(root).slice(1, -1)
  const text = JSON.stringify(error.toJSON()).replaceAll(escaped, JSON.stringify(name).slice(1, -1))
  return { status, error: JSON.parse(text) as ErrorDocument, isOurs }
}

/** What the operator is told of an error: with all that led to it. */
export function operatorsWords(thrown: unknown): string {
  const facts: string[] = []
  for (let error = thrown; error instanceof Error && facts.length < MOST_CAUSES; error = error.cause) {
    const code = error instanceof CpmError && facts.length > 0 ? `${error.code}: ` : ''
    facts.push(code + error.message)
  }
  return facts.length === 0 ? String(thrown) : facts.join(': ')
}

const MOST_CAUSES = 4

function statusOf(thrown: unknown, error: CpmError): number {
  const { http } = ERRORS[error.code]
  // What another registry sent is not the client's fault, whatever is wrong with it.
  if (error.details.upstream === true && http < 500) return 502
  // A framework's status is the finer one, as 415 for a body of another kind.
  const given = thrown instanceof CpmError ? undefined : (thrown as { statusCode?: unknown } | null)?.statusCode
  return typeof given === 'number' && given >= 400 && given < 500 ? given : http
}

/** What the framework and its parsers find wrong with a request, in our words. */
const FRAMEWORK_WORDS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the body is of a kind that nothing here takes: it must be application/json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body is not as long as the request says',
}

/** Errors of the framework and its parsers that a client caused. Anything else is a bug. */
function fromFramework(thrown: unknown): CpmError {
  const { statusCode } = (thrown ?? {}) as { statusCode?: unknown }
  if (statusCode === 413) return new CpmError('REQUEST_TOO_LARGE', 'the request is larger than this registry accepts')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const isSyntax = thrown instanceof SyntaxError
    const words = FRAMEWORK_WORDS[isSyntax ? 'FST_ERR_CTP_INVALID_JSON_BODY' : (systemCode(thrown) ?? '')]
    return new CpmError('REQUEST_INVALID', words ?? "the request can't be read", { cause: thrown })
  }
  // A system call that nobody wrapped: a full disk may show in any of them.
  const isOfSystem = /^E[A-Z0-9]+$/.test(systemCode(thrown) ?? '')
  if (isOfSystem) return fileError(thrown, 'work in', 'the registry')
  return new CpmError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
