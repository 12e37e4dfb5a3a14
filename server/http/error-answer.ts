import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Emit } from '../../src/schema/events.ts'
import { CpmError } from '../../src/core/errors.ts'
import { isPlainPath, methodsAt, pathOf } from './path-guard.ts'
import { RETRY_AFTER } from './limits.ts'
import { operatorsWords, publicError } from './public-error.ts'
import type { Services } from '../services/services.ts'

interface ErrorParts {
  services: Services
  root: string
  emit: Emit
}

/** Answers a request with an error. The client learns what concerns it, the operator what failed on the server. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { root, services, emit }: ErrorParts,
): void {
  const route = request.call?.route
  const answer = publicError(error, { root, name: services.status.config.name, route })
  if (answer.isOurs) {
    const code = error instanceof CpmError ? error.code : answer.error.code
    const message = operatorsWords(error)
    emit({ type: 'request-failed', request: request.id, route: route?.id ?? 'none', code, message })
  }
  const status = reply.statusCode === 404 || reply.statusCode === 405 ? reply.statusCode : answer.status
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 503) reply.header('retry-after', RETRY_AFTER)
  // When a body is too long, the framework would cut the connection and lose the response. server/http/body-timeout.ts
  // keeps reading for a while instead.
  if (answer.status === 413 && !services.status.isDraining()) reply.removeHeader('connection')
  for (const name of ['etag', 'accept-ranges', 'content-length', 'content-range']) reply.removeHeader(name)
  void reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error: answer.error }))
}

/** Returns the error for a path or method without a route. Sets the status, which the error code doesn't determine. */
export function nothingAt(request: FastifyRequest, reply: FastifyReply): CpmError {
  const path = pathOf(request.originalUrl)
  if (!isPlainPath(path)) {
    return new CpmError('REQUEST_INVALID', 'the path is not valid in this registry', {
      hint: "paths can't contain percent-encoding or empty, . or .. segments",
    })
  }
  const methods = methodsAt(path)
  if (methods.length === 0) {
    reply.code(404)
    return new CpmError('REQUEST_INVALID', 'no such address', { hint: 'GET /openapi.json' })
  }
  reply.code(405).header('allow', methods.join(', '))
  return new CpmError('REQUEST_INVALID', `this address only accepts ${methods.join(', ')}`)
}
