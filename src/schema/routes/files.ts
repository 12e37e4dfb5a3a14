import { z } from 'zod'
import { PackageName } from '../name.ts'
import { RegistryConfig } from '../registry-config.ts'
import { route } from '../route.ts'
import { Version } from '../version.ts'

/** The static part of a registry (docs/formats.md, "Registry"): what any file server could serve from its folder. */
const none = z.strictObject({})
const Name = z.strictObject({ name: PackageName })
const common = { method: 'GET', access: 'read', query: none, body: undefined } as const
/** a request about many names at once */
const together = { method: 'POST', access: 'read', params: none, query: none, errors: [] } as const

export const readConfig = route({
  ...common,
  id: 'readConfig',
  path: '/config.json',
  summary: 'Describe this registry',
  access: 'open',
  params: none,
  reply: RegistryConfig,
  errors: [],
})

export const readIndex = route({
  ...common,
  id: 'readIndex',
  path: '/index/:name',
  summary: 'Read the index of a name: one record per line, append-only; supports range requests',
  params: Name,
  reply: 'text',
  errors: ['PACKAGE_NOT_FOUND'],
})

export const MOST_INDEX_TAGS_AT_ONCE = 4096

export const readIndexTags = route({
  ...together,
  id: 'readIndexTags',
  path: '/api/v1/index-tags',
  summary: 'Read the ETags of many indexes at once; names without an index are left out',
  body: z.strictObject({ names: z.array(PackageName).min(1).max(MOST_INDEX_TAGS_AT_ONCE) }),
  reply: z.object({ tags: z.record(PackageName, z.string().max(256)) }),
})

export const MOST_INDEXES_AT_ONCE = 1000

export const readIndexes = route({
  ...together,
  id: 'readIndexes',
  path: '/api/v1/indexes',
  summary: 'Read many indexes at once; names without an index, and indexes too large to send together, are left out',
  body: z.strictObject({ names: z.array(PackageName).min(1).max(MOST_INDEXES_AT_ONCE) }),
  reply: z.object({
    indexes: z.record(PackageName, z.object({ tag: z.string().max(256).describe('its ETag'), text: z.string() })),
  }),
})

export const readKeys = route({
  ...common,
  id: 'readKeys',
  path: '/keys/:name',
  summary: 'Read the chain of owners of a name as a file',
  params: Name,
  reply: 'text',
  errors: ['PACKAGE_NOT_FOUND'],
})

export const readFile = route({
  ...common,
  id: 'readFile',
  path: '/packages/:name/:version/:file',
  summary: 'Download an archive (.cpm) or its envelope (.dsse): immutable; supports range requests',
  params: z.strictObject({ name: PackageName, version: Version, file: z.string().max(256) }),
  reply: 'bytes',
  errors: ['PACKAGE_NOT_FOUND'],
})
