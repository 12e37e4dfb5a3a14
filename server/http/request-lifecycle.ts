import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { STALE_HEADER } from '../../src/schema/stale.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { AppParts } from './app-parts.ts'
import { limitBodyTime } from './body-timeout.ts'
import * as limits from './limits.ts'
import { repeatedHeader } from './repeated-headers.ts'
import type { Call } from './request-head.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

declare module 'fastify' {
  interface FastifyRequest {
    call: Call | undefined
    /** when the request arrived, and how much its connection had sent and received by then */
    begun: { at: number; bytesIn: number; bytesOut: number }
  }
}

const BODYLESS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Adds what every request needs, whatever its route: limits, headers and metrics. */
export function followRequests(app: FastifyInstance, parts: AppParts): void {
  app.decorateRequest('call', undefined)
  app.decorateRequest('begun')
  app.addHook('onRequest', (request, reply, done) => {
    begin(request, reply, parts)
    done(repeatedHeader(request.raw))
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    markStale(request, reply, parts)
    // A client that stops reading keeps a connection and a file open. After the response, the keep-alive timeout
    // applies.
    request.raw.socket.setTimeout(parts.readerTimeout ?? limits.READER_TIMEOUT)
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    note(request, reply, parts)
    done()
  })
}

function begin(request: FastifyRequest, reply: FastifyReply, { services, private: isPrivate }: AppParts): void {
  const { socket } = request.raw
  request.begun = { at: performance.now(), bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten }
  reply.headers(SECURITY_HEADERS).header('x-request-id', request.id).header('cache-control', 'no-store')
  if (isPrivate) reply.header('vary', 'Authorization')
  if (services.status.isDraining()) reply.header('connection', 'close')
  if (BODYLESS.has(request.method)) return
  const answer = (error: CpmError) => () => {
    void reply.header('connection', 'close').send(error)
  }
  limitBodyTime(request.raw, reply.raw, {
    most: 2 * limits.MAX_UPLOAD_BYTES,
    onSlow: answer(new CpmError('REQUEST_TIMEOUT', 'the body of the request arrived too slowly')),
    onTooLarge: answer(new CpmError('REQUEST_TOO_LARGE', 'the request body is too large')),
  })
}

/** Marks a response that may be out of date. Archives and envelopes never change, so they can't be. */
function markStale({ call }: FastifyRequest, reply: FastifyReply, { services }: AppParts): void {
  if (call?.route.access !== 'read' || reply.statusCode >= 400) return
  if (String(reply.getHeader('cache-control')).includes('immutable')) return
  const since = services.status.staleSince?.((call.params as { name?: PackageName }).name)
  if (since) reply.header(STALE_HEADER, since.toISOString())
}

function note(request: FastifyRequest, reply: FastifyReply, { services }: AppParts): void {
  const { at, bytesIn, bytesOut } = request.begun
  const { socket } = request.raw
  services.metrics.note({
    route: request.call?.route.id ?? 'none',
    method: request.method,
    status: reply.statusCode,
    seconds: (performance.now() - at) / 1000,
    bytesIn: socket.bytesRead - bytesIn,
    bytesOut: socket.bytesWritten - bytesOut,
  })
}
