import { z } from 'zod'
import { FunctionSpec, SingleFunction } from './function-spec.ts'

export const PAYLOADS = ['none', 'image', 'cpm', 'colonyfs'] as const
export type PayloadKind = (typeof PAYLOADS)[number]

/** How the files of a package reach the executor (docs/workflows.md, "Payload"). */
export const Payload = z.enum(PAYLOADS, `must be one of ${PAYLOADS.join(', ')}`)

export const MAX_NODES = 10_000

export const Functions = z
  .array(FunctionSpec)
  .min(1, 'must name at least one node: an empty workflow waits forever')
  .max(MAX_NODES, `must have at most ${MAX_NODES} nodes`)

/**
 * A workflow as a package writes it; the server receives its `functions` as `functionspecs`, with the colony's name.
 */
export const WorkflowSpec = z.strictObject({
  kind: z.literal('Workflow', 'must be Workflow'),
  payload: Payload.optional(),
  functions: Functions,
})
export type WorkflowSpec = z.infer<typeof WorkflowSpec>

/** A single function, which the server accepts without a workflow. */
export const FunctionDocument = SingleFunction.extend({
  kind: z.literal('Function'),
  payload: Payload.optional(),
})
export type FunctionDocument = z.infer<typeof FunctionDocument>
