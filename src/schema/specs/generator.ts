import { z } from 'zod'
import { MAX_SECONDS, Name } from './units.ts'
import { Functions, Payload } from './workflow.ts'

/** A workflow that ColonyOS submits once enough arguments were packed: they become the arguments of its roots. */
export const GeneratorSpec = z.strictObject({
  kind: z.literal('Generator'),
  name: Name,
  /** how many packed arguments start a workflow */
  trigger: z.int('must be a whole number').min(1, 'must be at least 1').max(1_000_000, 'must be at most 1000000'),
  /** seconds after the first argument, even with fewer arguments; -1 means never */
  timeout: z
    .int('must be a whole number')
    .refine((n) => n === -1 || n >= 1, 'must be at least 1 second, or -1 (never)')
    .max(MAX_SECONDS, `must be at most ${MAX_SECONDS}`)
    .default(-1),
  payload: Payload.optional(),
  functions: Functions,
})
export type GeneratorSpec = z.infer<typeof GeneratorSpec>
