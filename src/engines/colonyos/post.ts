import type { Dispatcher } from 'undici'
import { CpmError, systemCode } from '../../core/errors.ts'
import { decodeText } from '../../core/text.ts'

/** How to reach a server: the CLI supplies connections with the proxies and authorities of the user's settings. */
export interface Wire {
  readonly url: URL
  readonly dispatcher: Dispatcher
  /** milliseconds to wait for the whole answer */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

export interface RawAnswer {
  readonly status: number
  readonly text: string
}

/** Large, because a list can contain a workflow of ten thousand nodes several times. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024

/** Errors while connecting, before a byte of the request is sent. Other TLS errors can also come with the answer. */
const NEVER_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_CERT_.*|ERR_SSL_(?:WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION|.*HANDSHAKE_FAILURE)|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/
/** Routing errors, which can also happen while waiting for the answer. */
const NO_ROUTE = /^(?:EHOSTUNREACH|ENETUNREACH)$/

/**
 * Sends one envelope and waits for the whole answer.
 * @throws CpmError COLONY_UNREACHABLE, whose `details.sent` is false only if the server can't have seen the request, or
 * COLONY_MISBEHAVED if the answer is too large or not UTF-8
 */
export async function postEnvelope(envelope: string, { url, dispatcher, timeout, signal }: Wire): Promise<RawAnswer> {
  const limit = new AbortController()
  const timer = setTimeout(() => {
    limit.abort()
  }, timeout)
  try {
    const { statusCode, body } = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}api`,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: '*/*' },
      body: envelope,
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > MAX_REPLY_BYTES) {
        body.destroy()
        throw new CpmError('COLONY_MISBEHAVED', `${url.host} sent more than ${MAX_REPLY_BYTES} bytes`, {
          details: { host: url.host, limit: MAX_REPLY_BYTES },
        })
      }
    }
    return { status: statusCode, text: requireText(Buffer.concat(chunks), statusCode, url) }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof CpmError) throw error
    if (limit.signal.aborted) throw unreachable(url, `did not answer within ${timeout / 1000} s`, 'TIMEOUT', true)
    const code = networkCode(error)
    const wasSent = !isNeverSent(error)
    throw unreachable(url, wasSent ? `did not answer (${code})` : `can't be reached (${code})`, code, wasSent)
  } finally {
    clearTimeout(timer)
  }
}

function requireText(bytes: Uint8Array, status: number, { host }: URL): string {
  const decoded = decodeText(bytes)
  if ('text' in decoded) return decoded.text
  const { line, column } = decoded.fault
  throw new CpmError(
    'COLONY_MISBEHAVED',
    `${host} answered ${status} with a body that is not plain UTF-8 at ${line}:${column}`,
    {
      hint: 'check the address and the port: another program may be answering',
      details: { host, status },
    },
  )
}

const HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [
    /^ECONNREFUSED$/,
    'check COLONIES_SERVER_HOST and COLONIES_SERVER_PORT, or the context: no server is listening there',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'check the spelling of the host'],
  [
    /^(?:ERR_SSL_|EPROTO|UND_ERR_SOCKET|ECONNRESET|HPE_|HTTPParserError)/,
    'check COLONIES_TLS: does the server use TLS?',
  ],
  [/^(?:CERT_|ERR_TLS_|DEPTH_|SELF_|UNABLE_)/, 'set network.ca in $CPM_HOME/config.json to your certificate authority'],
]

/** The original error is not passed on as the cause: an undici error may contain the request. */
function unreachable(url: URL, fact: string, code: string, sent: boolean): CpmError {
  return new CpmError('COLONY_UNREACHABLE', `${url.host} ${fact}`, {
    hint: HINTS.find(([codes]) => codes.test(code))?.[1] ?? 'try again, or check the network',
    details: { host: url.host, cause: code, sent },
  })
}

/** Returns whether it is certain that the server has not seen the request. */
export function isNeverSent(error: unknown): boolean {
  const code = networkCode(error)
  return NEVER_SENT.test(code) || (NO_ROUTE.test(code) && syscallOf(error) === 'connect')
}

function syscallOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return syscallOf(error.errors[0])
  if (!(error instanceof Error)) return undefined
  return 'syscall' in error ? error.syscall : syscallOf(error.cause)
}

/** Returns the code that best explains why there was no answer. */
export function networkCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return networkCode(error.errors[0])
  if (!(error instanceof Error)) return 'UNKNOWN'
  const inner = error.cause instanceof Error && systemCode(error.cause) !== undefined ? error.cause : error
  return systemCode(inner) ?? inner.name
}
