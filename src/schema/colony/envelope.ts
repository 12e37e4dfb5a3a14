import { z } from 'zod'

/** What a server answers. It calls the body text/plain, and may add fields. */
export const ReplyEnvelope = z.object({
  payloadtype: z.string(),
  payload: z.base64(),
  error: z.boolean().optional(),
})

/** What the payload of an error says: there are no codes but the status of HTTP. */
export const Refusal = z.object({ status: z.int(), message: z.string() })
