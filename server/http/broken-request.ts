import type { Duplex } from 'node:stream'
import type { ErrorDocument } from '../../src/schema/error-document.ts'
import { LINGER_TIME } from './limits.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

type Refusal = readonly [status: string, error: ErrorDocument]

const TOO_SLOW: Refusal = [
  '408 Request Timeout',
  { code: 'REQUEST_TIMEOUT', message: 'the request arrived too slowly' },
]
const TOO_LARGE: Refusal = [
  '431 Request Header Fields Too Large',
  { code: 'REQUEST_TOO_LARGE', message: 'the headers of the request are too large' },
]
const NO_HTTP: Refusal = ['400 Bad Request', { code: 'REQUEST_INVALID', message: 'this is not an HTTP/1.1 request' }]

/**
 * Answers what is not HTTP, or too slow to become a request. It writes to the socket: there is no request to reply to.
 */
export function answerBrokenRequest({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, error] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT' ? TOO_SLOW : code === 'HPE_HEADER_OVERFLOW' ? TOO_LARGE : NO_HTTP
  const text = JSON.stringify({ error })
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
  // A client that never closes its side would keep the connection, and enough such clients would block everyone else.
  const timer = setTimeout(() => socket.destroy(), LINGER_TIME)
  socket.once('close', () => {
    clearTimeout(timer)
  })
}
