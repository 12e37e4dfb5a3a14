import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { CpmError } from '../../src/core/errors.ts'
import { ALIASES } from '../routes/aliases.ts'
import type { AppParts } from './app-parts.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { clientKey } from './client-address.ts'
import { allowOrigins } from './cors.ts'
import { nothingAt, sendError } from './error-answer.ts'
import { createHttpServer } from './http-server.ts'
import { parseJsonBodies } from './json-body.ts'
import * as limits from './limits.ts'
import { MULTIPART_LIMITS } from './multipart.ts'
import { pageOf } from './page.ts'
import { isPlainPath, pathOf } from './path-guard.ts'
import { followRequests } from './request-lifecycle.ts'
import { addRoute } from './served-route.ts'
import { SERVED } from './served-routes.ts'
import { WrongTokens } from './wrong-tokens.ts'

/** paths that the guard refuses are rewritten to this one, where nothing is served */
const REFUSED = '/~'
/** The zod schemas of routes validate requests, so the framework's own compilers are neither needed nor loaded. */
const NO_COMPILERS = {
  // The framework's types describe a function made by ajv. This one is never called.
  buildValidator: () => () => (() => true) as never,
  buildSerializer: () => () => JSON.stringify,
}

/** Builds the HTTP application from the declared routes. */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const app = Fastify({
    serverFactory: (handler) => createHttpServer(handler),
    rewriteUrl: ({ url = '' }) => (isPlainPath(pathOf(url)) ? url : REFUSED),
    clientErrorHandler: answerBrokenRequest,
    routerOptions: { maxParamLength: 300 },
    bodyLimit: limits.MAX_JSON_BYTES,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    schemaController: { compilersFactory: NO_COMPILERS },
  })
  parseJsonBodies(app)
  followRequests(app, parts)
  const wrongTokens = new WrongTokens()
  app.setErrorHandler(async (error, request, reply) => {
    sendError(await slowed(error, request, wrongTokens), request, reply, parts)
    return reply
  })
  app.setNotFoundHandler((request, reply) => {
    sendError(nothingAt(request, reply), request, reply, parts)
  })
  await app.register(import('@fastify/multipart'), { limits: MULTIPART_LIMITS })
  if (parts.cors.length > 0) await allowOrigins(app, parts.cors)
  for (const served of SERVED) addRoute(app, served, served.route, parts)
  for (const { method, path, route } of ALIASES) {
    const served = SERVED.find((entry) => entry.route === route)
    if (served) addRoute(app, served, { method, path }, parts)
  }
  const page = pageOf(parts.services.status.config)
  app.route({
    method: ['GET', 'HEAD'],
    url: '/',
    handler: (_request, reply) =>
      reply.header('content-security-policy', page.policy).type('text/html; charset=utf-8').send(page.html),
  })
  return app
}

/**
 * Delays the response to a wrong token. If too many responses are delayed already, asks the client to retry instead.
 */
async function slowed(error: unknown, { headers, raw }: FastifyRequest, wrongTokens: WrongTokens): Promise<unknown> {
  const isWrongToken =
    error instanceof CpmError && error.code === 'AUTH_REQUIRED' && headers.authorization !== undefined
  if (!isWrongToken || (await wrongTokens.slow(clientKey(raw.socket.remoteAddress)))) return error
  return new CpmError('REGISTRY_BUSY', 'too many requests with wrong tokens')
}
