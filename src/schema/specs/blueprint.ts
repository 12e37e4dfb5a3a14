import { z } from 'zod'
import { Json } from './json.ts'
import { Name } from './units.ts'

const Texts = z.record(z.string().min(1, 'must not be empty'), z.string('must be a string: quote it'))

const Metadata = z.strictObject({
  name: Name,
  locationname: z.string().optional(),
  labels: Texts.optional(),
  annotations: Texts.optional(),
})

/** The desired state of something that an executor maintains: an instance of a definition. */
export const BlueprintSpec = z.strictObject({
  kind: z.literal('Blueprint'),
  /** the kind from the definition; ColonyOS also calls it `kind`, which is taken here */
  definition: Name,
  metadata: Metadata,
  spec: z.record(z.string(), Json),
})
export type BlueprintSpec = z.infer<typeof BlueprintSpec>

const Handler = z.strictObject({
  executorType: z.string(),
  functionName: z.string(),
  /** seconds */
  reconcileInterval: z.int('must be a whole number').min(1, 'must be at least 1 second').optional(),
})

/** A kind of blueprint: its name, the schema of its specs, and the function that reconciles them. */
export const BlueprintDefinitionSpec = z.strictObject({
  kind: z.literal('BlueprintDefinition'),
  metadata: Metadata.pick({ name: true }),
  spec: z.strictObject({
    group: Name,
    version: Name,
    names: z.strictObject({
      kind: Name,
      listKind: z.string().optional(),
      singular: Name,
      plural: Name,
      shortNames: z.array(Name).optional(),
    }),
    scope: z.enum(['Namespaced', 'Cluster'], 'must be Namespaced or Cluster').default('Namespaced'),
    schema: z.record(z.string(), Json).optional(),
    handler: Handler.optional(),
  }),
})
export type BlueprintDefinitionSpec = z.infer<typeof BlueprintDefinitionSpec>
