import { z } from 'zod'
import { KeyId } from './digest.ts'
import { NamePattern } from './token.ts'

/** `$CPM_HOME/trust.json`: what the user decided about keys, beyond what chains of owners carry. */
export const Trust = z.strictObject({
  schemaVersion: z.literal(1),
  /** keys that may own names although no owner before them said so */
  trusted: z.array(z.strictObject({ key: KeyId, packages: NamePattern, at: z.iso.datetime() })),
  /** keys whose signatures count for nothing any more */
  distrusted: z.array(z.strictObject({ key: KeyId, at: z.iso.datetime() })),
})
export type Trust = z.infer<typeof Trust>
