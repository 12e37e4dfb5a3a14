import type { z } from 'zod'
import { BlueprintDefinitionSpec, BlueprintSpec } from './blueprint.ts'
import { CronSpec } from './cron.ts'
import { GeneratorSpec } from './generator.ts'
import { FunctionDocument, WorkflowSpec } from './workflow.ts'

/** The kinds of documents in workflows/. Those with `functions` are graphs. */
export const SPEC_SCHEMAS = {
  Workflow: WorkflowSpec,
  Function: FunctionDocument,
  Cron: CronSpec,
  Generator: GeneratorSpec,
  Blueprint: BlueprintSpec,
  BlueprintDefinition: BlueprintDefinitionSpec,
} as const
export type SpecKind = keyof typeof SPEC_SCHEMAS
export const SPEC_KINDS = Object.keys(SPEC_SCHEMAS) as SpecKind[] // the keys of the literal above

export type SpecDocument = { [K in SpecKind]: z.infer<(typeof SPEC_SCHEMAS)[K]> }[SpecKind]

export function isSpecKind(text: unknown): text is SpecKind {
  return typeof text === 'string' && Object.hasOwn(SPEC_SCHEMAS, text)
}

/** These are submitted and followed to their end; the others are added to a colony and stay there. */
export function isRunnable(spec: SpecDocument): spec is WorkflowSpec | FunctionDocument {
  return spec.kind === 'Workflow' || spec.kind === 'Function'
}
