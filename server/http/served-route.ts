import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Route } from '../../src/schema/route.ts'
import type { AppParts } from './app-parts.ts'
import { clientAbortSignal } from './client-abort-signal.ts'
import { sendContent } from './content.ts'
import type { Answer, Served } from './handle.ts'
import * as limits from './limits.ts'
import { partsOf } from './multipart.ts'
import { routerPaths } from './path-guard.ts'
import { checkInput, readHead } from './request-head.ts'

/** Serves a route at a path: reads the input that it declares, calls its function and sends the answer. */
export function addRoute(
  app: FastifyInstance,
  served: Served,
  at: Pick<Route, 'method' | 'path'>,
  parts: AppParts,
): void {
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
        if (!call) throw new Error('the head of the request was not read')
        const body =
          route.body === undefined || route.body === 'multipart'
            ? undefined
            : checkInput(route.body, request.body, 'body')
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
