import { z } from 'zod'

/** The answer of a server. It declares the body as text/plain, and may add fields. */
export const ReplyEnvelope = z.object({
  payloadtype: z.string(),
  payload: z.base64(),
  error: z.boolean().optional(),
})

/** The payload of an error: the HTTP status is the only code. */
export const Refusal = z.object({ status: z.int(), message: z.string() })
