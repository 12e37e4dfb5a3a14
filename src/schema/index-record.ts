import { z } from 'zod'
import { Dependencies } from './dependency.ts'
import { Blake3, Tree } from './digest.ts'
import { Conditions, Features } from './manifest.ts'
import { PackageName } from './name.ts'
import { Version } from './version.ts'

/** The newest kind of index line that this cpm reads. Lines with a higher `v` are skipped, and said so. */
export const INDEX_VERSION = 1

const Size = z.int().nonnegative()
const Instant = z.iso.datetime()

/** A version was published: a projection of its signed envelope, enough to resolve by. */
export const PublishRecord = z.object({
  v: z.literal(INDEX_VERSION),
  type: z.literal('publish'),
  name: PackageName,
  version: Version,
  dependencies: Dependencies,
  features: Features,
  conditions: Conditions,
  tree: Tree,
  size: Size,
  archiveSize: Size,
  envelope: Blake3,
  owners: z.int().positive(),
  publishedAt: Instant,
})
export type PublishRecord = z.infer<typeof PublishRecord>

/** A published version changed its standing; the last status record of a version counts. */
export const StatusRecord = z.object({
  v: z.literal(INDEX_VERSION),
  type: z.enum(['yank', 'unyank', 'deprecate']),
  name: PackageName,
  version: Version,
  reason: z.string().max(1024).optional(),
  replacement: z.string().max(256).optional(),
  at: Instant,
})
export type StatusRecord = z.infer<typeof StatusRecord>

export const IndexRecord = z.discriminatedUnion('type', [PublishRecord, StatusRecord])
export type IndexRecord = z.infer<typeof IndexRecord>
