import { z } from 'zod'
import { PackageName } from '../name.ts'
import { RegistryConfig } from '../registry-config.ts'
import { route } from '../route.ts'
import { Version } from '../version.ts'

/** The static side of a registry (docs/formats.md, "Registry"): what any file server could serve from its folder. */
const none = z.strictObject({})
const Name = z.strictObject({ name: PackageName })
const common = { method: 'GET', access: 'read', query: none, body: undefined } as const

export const readConfig = route({
  ...common,
  id: 'readConfig',
  path: '/config.json',
  summary: 'What this registry is',
  access: 'open',
  params: none,
  reply: RegistryConfig,
  errors: [],
})

export const readIndex = route({
  ...common,
  id: 'readIndex',
  path: '/index/:name',
  summary: 'The index of a name: a record a line, appended only; ranges are answered',
  params: Name,
  reply: 'text',
  errors: ['PACKAGE_NOT_FOUND'],
})

export const readKeys = route({
  ...common,
  id: 'readKeys',
  path: '/keys/:name',
  summary: 'The chain of owners of a name',
  params: Name,
  reply: 'text',
  errors: ['PACKAGE_NOT_FOUND'],
})

export const readFile = route({
  ...common,
  id: 'readFile',
  path: '/packages/:name/:version/:file',
  summary: 'An archive (.cpm) or its envelope (.dsse): immutable; ranges are answered',
  params: z.strictObject({ name: PackageName, version: Version, file: z.string().max(256) }),
  reply: 'bytes',
  errors: ['PACKAGE_NOT_FOUND'],
})
