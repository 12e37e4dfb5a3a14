import { z } from 'zod'
import { ERRORS } from '../schema/errors.ts'
import { ErrorCode } from '../schema/error-document.ts'
import { parseJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import type { Answer } from './attempt.ts'
import type { Authorization } from './authorization.ts'
import { misbehaved } from './network-error.ts'
import { retryAfter, Transient } from './retry.ts'

/** An error that a server sends. Its hint is ignored: only cpm itself suggests what to type. */
const ErrorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
})
type Said = z.infer<typeof ErrorAnswer>['error']

const MAX_ERROR_BYTES = 64 * 1024
const MAX_TEXT = 2000
const MAX_MESSAGE = 300
const WRONG_ADDRESS = "check the registry's URL; a proxy or login page may have answered instead"

/** The errors that any operation may return, besides its own. */
const ALWAYS: readonly ErrorCode[] = [
  'REQUEST_INVALID',
  'REQUEST_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'AUTH_FORBIDDEN',
  'REGISTRY_READONLY',
  'REGISTRY_BUSY',
  'REGISTRY_UNREACHABLE',
  'REGISTRY_MISBEHAVED',
]

/** Hints for errors from servers. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  AUTH_FORBIDDEN: 'cpm whoami',
  PACKAGE_NOT_FOUND: 'cpm search',
  REGISTRY_BUSY: 'run the command again later',
  VERSION_EXISTS: 'raise the version in colony.yaml',
}

interface Expectation {
  /** the errors that the operation may return */
  errors: readonly ErrorCode[]
  authorization: Authorization
}

/**
 * Returns the error for a response: the server's own, if the operation may return it with this status, otherwise one
 * for the status. Failures that may pass become a Transient. Only the operation's own error code ever means "not
 * found".
 */
export async function answerError(
  answer: Answer,
  { errors, authorization }: Expectation,
): Promise<CpmError | Transient> {
  const { status } = answer
  if (status === 401) return authorization.refused()
  const said = await readSaid(answer, authorization.redact)
  const code = said && ErrorCode.safeParse(said.code).data
  const isOurs = code !== undefined && ERRORS[code].http === status && [...ALWAYS, ...errors].includes(code)
  const mayPass = [408, 425, 429].includes(status) || status >= 500
  const error = said && isOurs ? errorSaid(code, said) : errorOfStatus(answer, mayPass ? said : undefined)
  if (!mayPass) return error
  const after = retryAfter(singleHeader(answer, 'retry-after'))
  const request = requestId(answer)
  const { hint, details } = error
  const known = {
    ...details,
    ...(after !== undefined && { retryAfter: after }),
    ...(request !== undefined && { request }),
    ...(said && !isOurs && { said: { code: said.code, message: said.message } }),
  }
  const message = request === undefined ? error.message : `${error.message} (request ${request})`
  return new Transient(new CpmError(error.code, message, { hint, details: known }), after)
}

function errorSaid(code: ErrorCode, { message, details = {} }: Said): CpmError {
  return new CpmError(code, quoted(message), { hint: HINTS[code], details })
}

/** Marks a message as the server's, so that it is not mistaken for cpm's. */
function quoted(message: string): string {
  return `the registry says: ${message}`
}

/** Returns the id with which the server's operator can find the request. */
function requestId(answer: Answer): string | undefined {
  const id = singleHeader(answer, 'x-request-id')
  return id !== undefined && /^[\w.:-]{1,64}$/.test(id) ? id : undefined
}

/** Returns the error for a successful response that does not fit the request. */
export function unexpected({ url, status, isHtml }: Answer): CpmError {
  return isHtml
    ? misbehaved(url, 'answered with an HTML page', WRONG_ADDRESS)
    : misbehaved(url, `answered with the unexpected status ${status}`, WRONG_ADDRESS)
}

function errorOfStatus({ url, status }: Answer, said: Said | undefined): CpmError {
  const { host } = url
  const details = { host, status }
  const why = said ? `: ${quoted(said.message)}` : ''
  if (status === 403) {
    return new CpmError('AUTH_FORBIDDEN', `${host} forbids this (403)`, { hint: 'cpm whoami', details })
  }
  if (status === 407) {
    return new CpmError('REGISTRY_UNREACHABLE', `the proxy for ${host} requires credentials (407)`, { details })
  }
  if (status === 429 || status === 503) {
    return new CpmError('REGISTRY_BUSY', `${host} is overloaded (${status})${why}`, {
      hint: 'run the command again later',
      details,
    })
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new CpmError('REGISTRY_UNREACHABLE', `${host} failed to respond (${status})${why}`, {
      hint: "run the command again later, or tell the registry's operator",
      details,
    })
  }
  return misbehaved(url, `answered with the unexpected status ${status}`, WRONG_ADDRESS)
}

/** Reads and sanitizes the error in a response. */
async function readSaid(answer: Answer, redact: (text: string) => string): Promise<Said | undefined> {
  if (!/^application\/json\b/i.test(singleHeader(answer, 'content-type') ?? '')) return undefined
  let value: unknown
  try {
    value = parseJson(await answer.bytes(MAX_ERROR_BYTES), 'REGISTRY_MISBEHAVED', 'its error')
  } catch {
    // Truncated, too large or not JSON: the status is enough.
    return undefined
  }
  const result = ErrorAnswer.safeParse(value)
  if (!result.success) return undefined
  const { code, message, details } = result.data.error
  const clean = (text: string, most = MAX_TEXT) => plain(redact(text), most)
  return {
    code: clean(code, MAX_MESSAGE),
    message: clean(message, MAX_MESSAGE),
    // `cleaned` returns an object for an object.
    details: cleaned(details ?? {}, clean) as Record<string, unknown>,
  }
}

/** Cleans a server's string for display: one line, no control or bidi characters, limited length. */
function plain(text: string, most: number): string {
  const line = text.replace(/\s+/gu, ' ').replace(/\p{C}/gu, '').trim()
  return line.length > most ? `${line.slice(0, most)}…` : line
}

const MAX_DEPTH = 8

function cleaned(value: unknown, clean: (text: string) => string, depth = 0): unknown {
  if (depth > MAX_DEPTH) return undefined
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean, depth + 1))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [clean(key), cleaned(item, clean, depth + 1)] as const),
  )
}

function singleHeader(answer: Answer, name: string): string | undefined {
  try {
    return answer.header(name)
  } catch {
    return undefined
  }
}
