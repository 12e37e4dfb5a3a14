import { ERRORS, type ErrorCode } from '../../src/schema/errors.ts'
import type { ErrorDocument } from '../../src/schema/error-document.ts'
import type { Route } from '../../src/schema/route.ts'
import { COMMON_ERRORS } from '../../src/schema/routes.ts'
import { CpmError, fileError, systemCode } from '../../src/core/errors.ts'

export interface PublicError {
  readonly status: number
  readonly error: ErrorDocument
  /** whether the server is at fault, so the operator should hear of it */
  readonly isOurs: boolean
}

interface Circumstances {
  /** the registry's folder, and the registry's name */
  root: string
  name: string
  /** the route that was called, if known */
  route: Route | undefined
}

const IN_GENERAL = 'internal error in the registry'

/** What clients see instead of messages that name folders, processes or hosts, which are for the operator only. */
const GENERAL_WORDS: Partial<Record<ErrorCode, string>> = {
  INTERNAL: IN_GENERAL,
  FILE_UNREADABLE: "can't read the registry's storage",
  FILE_UNWRITABLE: "can't write to the registry's storage",
  READ_ONLY: "can't write to the registry's storage",
  LOCK_BLOCKED: "the registry's storage is damaged",
  LOCK_LOST: 'the change was interrupted',
  DISK_FULL: 'the disk of the registry is full',
  LOCK_TIMEOUT: 'timed out waiting for another change to these packages',
  JOURNAL_INVALID: "can't finish an earlier publication",
  PROJECT_UNSAFE: "the registry's storage is damaged",
  CONFIG_INVALID: "can't read the registry's settings",
}

/** Codes that any request can get, besides those that its route declares. */
const OF_REQUESTS: readonly ErrorCode[] = [...COMMON_ERRORS, 'REQUEST_TOO_LARGE', 'REQUEST_TIMEOUT', 'INTERRUPTED']

/**
 * Returns what a client sees of an error. Messages that reveal the server's folders are replaced, or name the registry
 * instead of its folder. A client error (4xx) that the route doesn't declare is really our fault, for example a damaged
 * file, so it becomes an internal error.
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

/** Returns what the operator sees of an error: its message and those of its causes. */
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
  // A bad answer from an upstream registry is never the client's fault.
  if (error.details.upstream === true && http < 500) return 502
  // The framework's status is more precise, for example 415 for an unsupported media type.
  const given = thrown instanceof CpmError ? undefined : (thrown as { statusCode?: unknown } | null)?.statusCode
  return typeof given === 'number' && given >= 400 && given < 500 ? given : http
}

/** Our messages for errors of the framework and its parsers. */
const FRAMEWORK_WORDS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the content type of the body must be application/json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not valid JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the length of the body differs from Content-Length',
}

/** Converts errors of the framework and its parsers that a client caused. Any other error is a bug. */
function fromFramework(thrown: unknown): CpmError {
  const { statusCode } = (thrown ?? {}) as { statusCode?: unknown }
  if (statusCode === 413) return new CpmError('REQUEST_TOO_LARGE', 'the request is larger than this registry accepts')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const isSyntax = thrown instanceof SyntaxError
    const words = FRAMEWORK_WORDS[isSyntax ? 'FST_ERR_CTP_INVALID_JSON_BODY' : (systemCode(thrown) ?? '')]
    return new CpmError('REQUEST_INVALID', words ?? "the request can't be read", { cause: thrown })
  }
  // A system call that is not wrapped: a full disk can make any of them fail.
  const isOfSystem = /^E[A-Z0-9]+$/.test(systemCode(thrown) ?? '')
  if (isOfSystem) return fileError(thrown, 'work in', 'the registry')
  return new CpmError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
