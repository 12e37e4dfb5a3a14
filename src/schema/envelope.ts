import { z } from 'zod'
import { Dependencies } from './dependency.ts'
import { Blake3, KeyId, Sha256, Sha512, Tree } from './digest.ts'
import { Conditions, Features } from './manifest.ts'
import { PackageName } from './name.ts'
import { Version } from './version.ts'

const Size = z.int().nonnegative()

/**
 * DSSE (the Dead Simple Signing Envelope, protocol v1): a payload and signatures over its pre-authentication encoding.
 */
export const Dsse = z.strictObject({
  payloadType: z.string().max(128),
  payload: z.base64(),
  signatures: z.array(z.strictObject({ keyid: KeyId, sig: z.base64() })).max(16),
})
export type Dsse = z.infer<typeof Dsse>

/** One encoding of the tar: gzip today, possibly others later. */
export const ArchiveDescription = z.object({
  format: z.string().max(32),
  file: z.string().max(256),
  size: Size,
  blake3: Blake3,
  sha256: Sha256,
  sha512: Sha512,
  chunkSize: z.int().positive(),
  chunkRoot: Blake3,
})
export type ArchiveDescription = z.infer<typeof ArchiveDescription>

/** What the author of a package signs (docs/formats.md, "Envelope"). Unknown fields are tolerated. */
export const PackagePredicate = z.object({
  name: PackageName,
  version: Version,
  dependencies: Dependencies,
  features: Features,
  conditions: Conditions,
  tree: Tree,
  files: z.int().positive(),
  size: Size,
  tar: z.object({ size: Size, blake3: Blake3 }),
  archives: z.array(ArchiveDescription).min(1).max(8),
})
export type PackagePredicate = z.infer<typeof PackagePredicate>

export const PREDICATE_TYPE = 'urn:colony-cpm:package:v1'
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

export const PackageStatement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(z.object({ name: z.string().max(256), digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(8),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: PackagePredicate,
})
export type PackageStatement = z.infer<typeof PackageStatement>
