import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { PackageName } from '../../src/schema/name.ts'
import type { Route } from '../../src/schema/route.ts'
import { CpmError } from '../../src/core/errors.ts'
import { authorize, type Caller, callerOf } from './access.ts'
import type { AppParts } from './app-parts.ts'
import { clientKey } from './client-address.ts'

/** The parts of a request that are read before its body. */
export interface Call {
  readonly route: Route
  readonly params: unknown
  readonly query: unknown
  readonly caller: Caller
}

/** Reads a request up to its body and checks access, so that nobody uploads a body in vain. */
export function readHead(route: Route, request: FastifyRequest, { tokens, ...rules }: AppParts): Call {
  const address = clientKey(request.raw.socket.remoteAddress)
  const caller = callerOf({ authorization: request.headers.authorization, address }, { tokens, ...rules })
  const { scope, ...rest } = request.params as Record<string, string>
  const params = checkInput(
    route.params,
    scope === undefined ? rest : { ...rest, name: `${scope}/${rest.name ?? ''}` },
    'path',
  )
  const query = checkInput(route.query, request.query, 'query')
  authorize(route, (params as { name?: PackageName }).name, caller, { tokens, ...rules })
  return { route, params, query, caller }
}

/** Validates a part of a request. @throws CpmError REQUEST_INVALID */
export function checkInput(schema: z.ZodType, value: unknown, where: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const facts = result.error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`)
  throw new CpmError('REQUEST_INVALID', facts.slice(0, 5).join('; '))
}
