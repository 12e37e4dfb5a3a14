import { z } from 'zod'
import { ErrorCode, ERRORS } from '../schema/errors.ts'
import { parseJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import type { Answer } from './attempt.ts'
import type { Authorization } from './authorization.ts'
import { misbehaved } from './network-error.ts'
import { retryAfter, Transient } from './retry.ts'

/** An error as servers send it. Its hint is left out: what a reader is told to type comes from cpm alone. */
const ErrorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
})
type Said = z.infer<typeof ErrorAnswer>['error']

const MAX_ERROR_BYTES = 64 * 1024
const MAX_TEXT = 2000
const MAX_MESSAGE = 300
const WRONG_ADDRESS = "check the registry's address; something on the way may answer in its place, such as a login page"

/** What any server may say besides the errors of the operation. */
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

/** What helps against an error of a server, where something does. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  AUTH_FORBIDDEN: 'cpm whoami',
  PACKAGE_NOT_FOUND: 'cpm search',
  REGISTRY_BUSY: 'run the command again later',
  VERSION_EXISTS: 'raise the version in colony.yaml',
}

interface Expectation {
  /** the errors that the operation can be answered with */
  errors: readonly ErrorCode[]
  authorization: Authorization
}

/**
 * The error that an answer is: what the server says, where that is an error of the operation and fits the status; else what the status means.
 * What may pass comes as a Transient. Nothing but the operation's own word for it ever becomes "not found".
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

/** What somebody else said is never mistaken for what cpm says. */
function quoted(message: string): string {
  return `the registry says: ${message}`
}

/** The id by which the server's operator finds the request. */
function requestId(answer: Answer): string | undefined {
  const id = singleHeader(answer, 'x-request-id')
  return id !== undefined && /^[\w.:-]{1,64}$/.test(id) ? id : undefined
}

/** An answer of a successful status that is no answer to what was asked. */
export function unexpected({ url, status, isHtml }: Answer): CpmError {
  return isHtml
    ? misbehaved(url, 'answered with a page of HTML', WRONG_ADDRESS)
    : misbehaved(url, `answered with the status ${status}, which means nothing here`, WRONG_ADDRESS)
}

function errorOfStatus({ url, status }: Answer, said: Said | undefined): CpmError {
  const { host } = url
  const details = { host, status }
  const why = said ? `: ${quoted(said.message)}` : ''
  if (status === 403) {
    return new CpmError('AUTH_FORBIDDEN', `${host} forbids this (403)`, { hint: 'cpm whoami', details })
  }
  if (status === 407) {
    return new CpmError('REGISTRY_UNREACHABLE', `a proxy before ${host} wants credentials (407)`, { details })
  }
  if (status === 429 || status === 503) {
    return new CpmError('REGISTRY_BUSY', `${host} has too much to do (${status})${why}`, {
      hint: 'run the command again later',
      details,
    })
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new CpmError('REGISTRY_UNREACHABLE', `${host} could not answer (${status})${why}`, {
      hint: "run the command again later, or tell the registry's operator",
      details,
    })
  }
  return misbehaved(url, `answered with the status ${status}, which means nothing here`, WRONG_ADDRESS)
}

/** What a server says of its failure, cleaned. */
async function readSaid(answer: Answer, redact: (text: string) => string): Promise<Said | undefined> {
  if (!/^application\/json\b/i.test(singleHeader(answer, 'content-type') ?? '')) return undefined
  let value: unknown
  try {
    value = parseJson(await answer.bytes(MAX_ERROR_BYTES), 'REGISTRY_MISBEHAVED', 'its error')
  } catch {
    // Cut, too large or no JSON: the status says enough.
    return undefined
  }
  const result = ErrorAnswer.safeParse(value)
  if (!result.success) return undefined
  const { code, message, details } = result.data.error
  const clean = (text: string, most = MAX_TEXT) => plain(redact(text), most)
  return {
    code: clean(code, MAX_MESSAGE),
    message: clean(message, MAX_MESSAGE),
    // An object stays one.
    details: cleaned(details ?? {}, clean) as Record<string, unknown>,
  }
}

/** A text of a server, for people: one line, no control or direction characters, and not endless. */
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
