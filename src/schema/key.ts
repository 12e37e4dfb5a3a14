import { z } from 'zod'
import { KeyId } from './digest.ts'

/** The file of a private key in `$CPM_HOME/keys`, mode 0600. `seed` is the 32-byte secret of RFC 8032. */
export const KeyFile = z.strictObject({
  schemaVersion: z.literal(1),
  algorithm: z.literal('ed25519'),
  id: KeyId,
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
})
export type KeyFile = z.infer<typeof KeyFile>
