import type { FastifyInstance } from 'fastify'
import { STALE_HEADER } from '../../src/schema/stale.ts'
import { nothingAt } from './error-answer.ts'

/** Lets pages from these origins call the registry. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // An OPTIONS request that is not a preflight gets the same answer as without CORS.
  app.addHook('onRequest', (request, reply, done) => {
    const { origin, 'access-control-request-method': asked } = request.headers
    const isStray = request.method === 'OPTIONS' && (origin === undefined || asked === undefined)
    done(isStray ? nothingAt(request, reply) : undefined)
  })
  await app.register(import('@fastify/cors'), {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH'],
    allowedHeaders: ['authorization', 'content-type', 'range', 'if-none-match', 'if-range'],
    exposedHeaders: ['etag', 'content-range', 'accept-ranges', 'retry-after', 'x-request-id', STALE_HEADER],
    maxAge: 600,
  })
}
