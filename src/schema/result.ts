import { z } from 'zod'
import { ErrorDocument } from './error-document.ts'

/** What every command prints with `--json`, exactly once. */
export const Result = z.object({
  schemaVersion: z.literal(1),
  success: z.boolean(),
  data: z.unknown(),
  error: ErrorDocument.nullable(),
})
export type Result = z.infer<typeof Result>
