import { z } from 'zod'
import { KeyId } from './digest.ts'
import { NamePattern } from './token.ts'

/** `$CPM_HOME/trust.json`: the user's decisions about keys, beyond what chains of owners say. */
export const Trust = z.strictObject({
  schemaVersion: z.literal(1),
  /** keys that may own names although no earlier owner approved them */
  trusted: z.array(z.strictObject({ key: KeyId, packages: NamePattern, at: z.iso.datetime() })),
  /** keys whose signatures no longer count */
  distrusted: z.array(z.strictObject({ key: KeyId, at: z.iso.datetime() })),
})
export type Trust = z.infer<typeof Trust>
