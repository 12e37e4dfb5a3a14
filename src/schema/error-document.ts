import { z } from 'zod'
import { ERRORS, type ErrorCode as Code } from './errors.ts'

export const ErrorCode = z.enum(Object.keys(ERRORS) as [Code, ...Code[]])
export type ErrorCode = z.infer<typeof ErrorCode>

/** An error in `--json`, in the last line of `--events`, and over HTTP. */
export const ErrorDocument = z.object({
  code: ErrorCode,
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type ErrorDocument = z.infer<typeof ErrorDocument>
