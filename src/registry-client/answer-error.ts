import { z } from 'zod'
import { type ErrorCode, ErrorDocument, ERRORS } from '../schema/errors.ts'
import { CpmError } from '../core/errors.ts'
import type { Answer } from './attempt.ts'
import type { Authorization } from './authorization.ts'
import { misbehaved } from './network-error.ts'
import { retryAfter, Transient } from './retry.ts'

const ErrorAnswer = z.object({ error: ErrorDocument })

const MAX_ERROR_BYTES = 64 * 1024
const MAX_TEXT = 2000
const WRONG_ADDRESS = 'check the registry’s address; something on the way may answer in its place, such as a login page'

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
  const { status, url } = answer
  if (status === 401) return authorization.refused()
  const said = await errorSaid(answer, [...ALWAYS, ...errors], authorization.redact)
  const error = said ?? errorOfStatus(answer)
  const mayPass = [408, 425, 429].includes(status) || status >= 500
  if (!mayPass) return error
  const after = retryAfter(singleHeader(answer, 'retry-after'))
  return new Transient(
    said ??
      new CpmError(error.code, error.message, {
        hint: error.hint,
        details: { host: url.host, status, ...(after !== undefined && { retryAfter: after }) },
      }),
    after,
  )
}

/** An answer of a successful status that is no answer to what was asked. */
export function unexpected({ url, status, isHtml }: Answer): CpmError {
  return isHtml
    ? misbehaved(url, 'answered with a page of HTML', WRONG_ADDRESS)
    : misbehaved(url, `answered with the status ${status}, which means nothing here`, WRONG_ADDRESS)
}

function errorOfStatus({ url, status }: Answer): CpmError {
  const { host } = url
  const details = { host, status }
  if (status === 403) {
    return new CpmError('AUTH_FORBIDDEN', `${host} forbids this (403)`, { hint: 'cpm whoami', details })
  }
  if (status === 407) {
    return new CpmError('REGISTRY_UNREACHABLE', `a proxy before ${host} wants credentials (407)`, { details })
  }
  if (status === 429 || status === 503) {
    return new CpmError('REGISTRY_BUSY', `${host} has too much to do (${status})`, {
      hint: 'run the command again later',
      details,
    })
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new CpmError('REGISTRY_UNREACHABLE', `${host} could not answer (${status})`, {
      hint: 'run the command again later, or tell the registry’s operator',
      details,
    })
  }
  return misbehaved(url, `answered with the status ${status}, which means nothing here`, WRONG_ADDRESS)
}

async function errorSaid(
  answer: Answer,
  allowed: readonly ErrorCode[],
  redact: (text: string) => string,
): Promise<CpmError | undefined> {
  if (!/^application\/json\b/i.test(singleHeader(answer, 'content-type') ?? '')) return undefined
  let value: unknown
  try {
    value = JSON.parse((await answer.bytes(MAX_ERROR_BYTES)).toString('utf8'))
  } catch {
    // Cut, too large or no JSON: the status says enough.
    return undefined
  }
  const result = ErrorAnswer.safeParse(value)
  if (!result.success) return undefined
  const { code, message, hint, details } = result.data.error
  if (ERRORS[code].http !== answer.status || !allowed.includes(code)) return undefined
  const clean = (text: string) => redact(plain(text))
  return new CpmError(code, clean(message), {
    hint: hint === undefined ? undefined : clean(hint),
    details: (cleaned(details ?? {}, clean) ?? {}) as Record<string, unknown>,
  })
}

/** A text of a server, for people: no control or direction characters, and not endless. */
function plain(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, '').slice(0, MAX_TEXT)
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
