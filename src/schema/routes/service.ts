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
  summary: 'Show what the token allows',
  access: 'open',
  reply: Whoami,
  errors: ['AUTH_REQUIRED'],
})

const Status = z.object({ status: z.enum(['ok', 'draining', 'failing']) })

export const health = route({
  ...common,
  id: 'health',
  path: '/health',
  summary: 'Report the health, version and uptime of the registry',
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
  summary: 'Check that the process is alive',
  access: 'open',
  reply: Status,
})

export const readyz = route({
  ...common,
  id: 'readyz',
  path: '/readyz',
  summary: "Check that the registry accepts requests: 503 while draining, or when the storage can't be read",
  access: 'open',
  reply: Status,
  errors: ['REGISTRY_BUSY'],
})

export const metrics = route({
  ...common,
  id: 'metrics',
  path: '/metrics',
  summary: 'Read metrics in OpenMetrics format',
  access: 'open',
  reply: 'text',
})

export const openapi = route({
  ...common,
  id: 'openapi',
  path: '/openapi.json',
  summary: 'Read this description of the API',
  access: 'open',
  reply: z.record(z.string(), z.unknown()),
})
