import { z } from 'zod'
import { type ErrorCode, ERRORS } from '../../src/schema/errors.ts'
import { ErrorDocument } from '../../src/schema/error-document.ts'
import type { Route } from '../../src/schema/route.ts'
import { errorsOf, ROUTES } from '../../src/schema/routes.ts'

/** The version of the API, not of cpm. It changes when clients could notice a difference. */
const API_VERSION = '1.0.0'

type Json = Record<string, unknown>

let document: Json | undefined

/** Returns the OpenAPI description, generated from the routes. docs/openapi.json is a reviewed copy. */
export function openApiDocument(): Json {
  document ??= makeDocument()
  return document
}

function makeDocument(): Json {
  const paths: Record<string, Json> = {}
  // Sorted here, because the order of a module's exports depends on who loads it.
  for (const route of [...ROUTES].sort((a, b) => (a.path + a.method < b.path + b.method ? -1 : 1))) {
    const path = route.path.replaceAll(/:([a-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'cpm registry',
      version: API_VERSION,
      description:
        'A registry of packages. In place of {name}, a scoped name takes two path segments, such as @org/tools. Paths are never percent-encoded. GET routes also answer HEAD requests.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, {}],
    paths,
    components: {
      schemas: { Error: toSchema(z.object({ error: ErrorDocument }), 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'a token from `cpm serve token create`' },
      },
    },
  }
}

function operation(route: Route): Json {
  const { id, summary, access, body } = route
  return {
    operationId: id,
    summary,
    security: access === 'open' ? [{}] : access === 'read' ? [{ token: [] }, {}] : [{ token: [] }],
    'x-access': access,
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(body !== undefined && { requestBody: { required: true, content: requestContent(body) } }),
    responses: responses(route),
  }
}

function parameters(where: 'path' | 'query', schema: z.ZodObject): Json[] {
  return Object.entries(schema.shape).map(([name, type]) => {
    const { description, ...rest } = toSchema(type as z.ZodType, 'input')
    const isRequired = where === 'path' || !(type as z.ZodType).safeParse(undefined).success
    return { name, in: where, required: isRequired, ...(description !== undefined && { description }), schema: rest }
  })
}

function requestContent(body: z.ZodType | 'multipart'): Json {
  if (body !== 'multipart') return { 'application/json': { schema: toSchema(body, 'input') } }
  const list = (contentMediaType: string) => ({ type: 'array', items: { type: 'string', contentMediaType } })
  return {
    'multipart/form-data': {
      schema: {
        type: 'object',
        description:
          'For each package, in this order: its envelope, the signed record of its first owners, and its archive.',
        properties: {
          envelope: list('application/json'),
          owners: list('application/json'),
          archive: list('application/gzip'),
        },
        required: ['envelope', 'owners', 'archive'],
      },
    },
  }
}

function responses(route: Route): Json {
  const { reply, id } = route
  const content =
    reply === 'bytes'
      ? { 'application/octet-stream': {} }
      : reply === 'text'
        ? { 'text/plain': { schema: { type: 'string' } } }
        : { 'application/json': { schema: toSchema(reply, 'output') } }
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of errorsOf(route)) {
    const { http } = ERRORS[code]
    byStatus.set(http, [...(byStatus.get(http) ?? []), code])
  }
  const failures = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `${code}: ${ERRORS[code].about}`).join(' '),
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    },
  ])
  const isContent = reply === 'bytes' || id === 'readIndex' || id === 'readKeys'
  return {
    200: { description: 'success', content },
    ...(id === 'publishPackages' && { 201: { description: 'at least one new release was published', content } }),
    ...(isContent && {
      206: { description: 'the requested range', content },
      304: { description: 'the content still matches If-None-Match' },
      416: { description: 'the requested range does not exist' },
    }),
    ...(Object.fromEntries(failures) as Json),
  }
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
