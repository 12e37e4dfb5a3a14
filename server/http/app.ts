import http from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Emit } from '../../src/schema/events.ts'
import { STALE_HEADER } from '../../src/schema/stale.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Route } from '../../src/schema/route.ts'
import { parseJson } from '../../src/core/canonical-json.ts'
import { CpmError } from '../../src/core/errors.ts'
import { authorize, type Caller, callerOf } from './access.ts'
import { sendContent } from './content.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { clientKey } from './client-address.ts'
import { nothingAt, sendError } from './error-answer.ts'
import { isPlainPath, pathOf, routerPaths } from './path-guard.ts'
import type { Answer, Served } from './handle.ts'
import { clientAbortSignal } from './client-abort-signal.ts'
import * as limits from './limits.ts'
import { MULTIPART_LIMITS, partsOf } from './multipart.ts'
import { limitBodyTime } from './body-timeout.ts'
import { pageOf } from './page.ts'
import { SERVED } from './served-routes.ts'
import { ALIASES } from '../routes/aliases.ts'
import { repeatedHeader } from './repeated-headers.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import type { Services } from '../services/services.ts'
import type { Tokens } from '../services/tokens.ts'
import { WrongTokens } from './wrong-tokens.ts'

export interface AppParts {
  services: Services
  tokens: Tokens
  /** the registry’s folder, which no answer may name */
  root: string
  private: boolean
  closedBecause: string | undefined
  /** origins of pages that may call this registry */
  cors: readonly string[]
  /** milliseconds in which a client must take something of its answer; server/http/limits.ts says it where nothing else is said */
  readerTimeout?: number
  emit: Emit
}

/** What was read of a request before its body. */
interface Call {
  readonly route: Route
  readonly params: unknown
  readonly query: unknown
  readonly caller: Caller
}

declare module 'fastify' {
  interface FastifyRequest {
    call: Call | undefined
    /** when it came, and what had been sent and received over its connection by then */
    begun: { at: number; bytesIn: number; bytesOut: number }
  }
}

/** where a path that the guard refused is sent: nothing is served there */
const REFUSED = '/~'
/** Requests are read by the zod schemas of their routes: the framework’s own compilers are neither needed nor loaded. */
const NO_COMPILERS = {
  // The framework’s types describe a function made by ajv: this one is never called.
  buildValidator: () => () => (() => true) as never,
  buildSerializer: () => () => JSON.stringify,
}
const BODYLESS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Puts the HTTP side together from the declared routes. */
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
  app.removeContentTypeParser(['text/plain', 'application/json'])
  // What the framework's parser makes of a key that stands twice, or of bytes that are no text, another reader would not.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      if (body.length === 0) throw new CpmError('REQUEST_INVALID', 'there is no body, though it is said to be JSON')
      done(null, parseJson(body, 'REQUEST_INVALID', 'body'))
    } catch (error) {
      done(error as CpmError)
    }
  })
  app.decorateRequest('call', undefined)
  app.decorateRequest('begun')
  app.addHook('onRequest', (request, reply, done) => {
    begin(request, reply, parts)
    done(repeatedHeader(request.raw))
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    markStale(request, reply, parts)
    // Who stops reading keeps a connection and a file. Once the answer is out, the time between requests counts again.
    request.raw.socket.setTimeout(parts.readerTimeout ?? limits.READER_TIMEOUT)
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    note(request, reply, parts)
    done()
  })
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

function createHttpServer(handler: http.RequestListener): http.Server {
  const server = http.createServer(
    {
      headersTimeout: limits.HEADERS_TIMEOUT,
      connectionsCheckingInterval: limits.TIMEOUTS_CHECKED_EVERY,
      maxHeaderSize: limits.MAX_HEADER_BYTES,
      // A body may take as long as it keeps up a pace (src/pace.ts): an archive is large, a line may be slow.
      requestTimeout: 0,
    },
    handler,
  )
  return server
}

async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // An OPTIONS that no browser sends is answered as it is where no origin is allowed.
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
    onSlow: answer(new CpmError('REQUEST_TIMEOUT', 'the body of the request came too slowly')),
    onTooLarge: answer(new CpmError('REQUEST_TOO_LARGE', 'the body of the request does not end')),
  })
}

/** What may be older than the registry that it comes from says so. An archive or envelope can't be. */
function markStale({ call }: FastifyRequest, reply: FastifyReply, { services }: AppParts): void {
  if (call?.route.access !== 'read' || reply.statusCode >= 400) return
  if (String(reply.getHeader('cache-control')).includes('immutable')) return
  const since = services.status.staleSince?.((call.params as { name?: PackageName }).name)
  if (since) reply.header(STALE_HEADER, since.toISOString())
}

function addRoute(app: FastifyInstance, served: Served, at: Pick<Route, 'method' | 'path'>, parts: AppParts): void {
  const { route } = served
  for (const url of routerPaths(at.path)) {
    app.route({
      method: at.method === 'GET' ? ['GET', 'HEAD'] : at.method,
      url,
      bodyLimit: route.id === 'resolveLock' ? limits.MAX_RESOLVE_BYTES : limits.MAX_JSON_BYTES,
      onRequest: (request, _reply, done) => {
        request.call = readHead(route, request, parts)
        done()
      },
      handler: async (request, reply) => {
        const { call } = request
        if (!call) throw new Error('a request was not read')
        const body =
          route.body === undefined || route.body === 'multipart' ? undefined : read(route.body, request.body, 'body')
        const input = {
          params: call.params,
          query: call.query,
          body,
          caller: call.caller,
          parts: () => partsOf(request),
          leaving: () => clientAbortSignal(reply.raw),
        }
        return await sendAnswer(await served.answer(input as never, parts.services), request, reply, parts)
      },
    })
  }
}

/** Lets whoever sent a wrong token wait for the answer; where too many wait already, they are told to come again instead. */
async function slowed(error: unknown, { headers, raw }: FastifyRequest, wrongTokens: WrongTokens): Promise<unknown> {
  const isWrongToken =
    error instanceof CpmError && error.code === 'AUTH_REQUIRED' && headers.authorization !== undefined
  if (!isWrongToken || (await wrongTokens.slow(clientKey(raw.socket.remoteAddress)))) return error
  return new CpmError('REGISTRY_BUSY', 'too many wrong tokens were sent')
}

/** Reads what stands before a body, and checks who asks: nobody sends a body in vain. */
function readHead(route: Route, request: FastifyRequest, { tokens, ...rules }: AppParts): Call {
  const address = clientKey(request.raw.socket.remoteAddress)
  const caller = callerOf({ authorization: request.headers.authorization, address }, { tokens, ...rules })
  const { scope, ...rest } = request.params as Record<string, string>
  const params = read(
    route.params,
    scope === undefined ? rest : { ...rest, name: `${scope}/${rest.name ?? ''}` },
    'path',
  )
  const query = read(route.query, request.query, 'query')
  authorize(route, (params as { name?: PackageName }).name, caller, { tokens, ...rules })
  return { route, params, query, caller }
}

/** @throws CpmError REQUEST_INVALID naming what is wrong */
function read(schema: z.ZodType, value: unknown, where: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const facts = result.error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`)
  throw new CpmError('REQUEST_INVALID', facts.slice(0, 5).join('; '))
}

async function sendAnswer(
  answer: Answer,
  request: FastifyRequest,
  reply: FastifyReply,
  { private: isPrivate }: AppParts,
): Promise<unknown> {
  switch (answer.kind) {
    case 'content':
      return await sendContent(request, reply, answer.content, isPrivate)
    case 'text':
      return await reply.type(answer.type).send(answer.text)
    case 'json':
      return await reply
        .code(answer.status ?? 200)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(answer.value))
  }
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
