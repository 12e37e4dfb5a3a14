import { z } from 'zod'
import { RegistryId } from '../registry-config.ts'
import { route } from '../route.ts'
import { Whoami } from '../documents.ts'

const none = z.strictObject({})
const common = { method: 'GET', params: none, query: none, body: undefined, errors: [] } as const

export const whoami = route({
  ...common,
  id: 'whoami',
  path: '/api/v1/whoami',
  summary: 'What the token that was sent may do',
  access: 'open',
  reply: Whoami,
  errors: ['AUTH_REQUIRED'],
})

const Status = z.object({ status: z.enum(['ok', 'draining', 'failing']) })

export const health = route({
  ...common,
  id: 'health',
  path: '/health',
  summary: 'Whether the registry works, with its version and how long it runs',
  access: 'open',
  reply: z.object({
    ...Status.shape,
    version: z.string(),
    registry: RegistryId,
    readonly: z.boolean(),
    uptimeSeconds: z.number(),
  }),
})

export const livez = route({
  ...common,
  id: 'livez',
  path: '/livez',
  summary: 'Whether the process is alive',
  access: 'open',
  reply: Status,
})

export const readyz = route({
  ...common,
  id: 'readyz',
  path: '/readyz',
  summary: 'Whether requests are welcome: 503 while draining, or when the storage can’t be read',
  access: 'open',
  reply: Status,
  errors: ['REGISTRY_BUSY'],
})

export const metrics = route({
  ...common,
  id: 'metrics',
  path: '/metrics',
  summary: 'Measurements as OpenMetrics text',
  access: 'open',
  reply: 'text',
})

export const openapi = route({
  ...common,
  id: 'openapi',
  path: '/openapi.json',
  summary: 'This description of the API',
  access: 'open',
  reply: z.record(z.string(), z.unknown()),
})
