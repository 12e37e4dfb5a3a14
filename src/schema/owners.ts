import { z } from 'zod'
import { Blake3, KeyId } from './digest.ts'
import { PackageName } from './name.ts'

/** A state of the set of keys that may publish under a name. Records are numbered from 1 and chained by digest. */
export const OwnersRecord = z.strictObject({
  v: z.literal(1),
  name: PackageName,
  number: z.int().positive(),
  previous: Blake3.nullable(),
  keys: z.array(KeyId).min(1).max(64),
})
export type OwnersRecord = z.infer<typeof OwnersRecord>

/**
 * A line of `keys/<name>`: the record, and a signature by a member of the previous set (of its own set for the first).
 */
export const SignedOwnersRecord = z.strictObject({
  record: OwnersRecord,
  keyid: KeyId,
  sig: z.base64(),
})
export type SignedOwnersRecord = z.infer<typeof SignedOwnersRecord>
