import { z } from 'zod'
import { Dependencies } from './dependency.ts'
import { Blake3, Tree } from './digest.ts'
import { Conditions, Features } from './manifest.ts'
import { PackageName } from './name.ts'
import { Version } from './version.ts'

/** The newest format of index lines that this cpm reads. Lines with a higher `v` are skipped with a warning. */
export const INDEX_VERSION = 1

const Size = z.int().nonnegative()
const Instant = z.iso.datetime()

/** A publication of a version: the part of its signed envelope that resolving needs. */
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

/** A change to the status of a published version; the last record of a version counts. */
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
