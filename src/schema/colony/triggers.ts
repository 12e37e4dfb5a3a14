import { z } from 'zod'
import { Json, Text, Time } from './values.ts'

/** Submits a workflow repeatedly, on a schedule. The workflow is a string of JSON. */
export const Cron = z.object({
  cronid: z.string(),
  name: z.string(),
  cronexpression: Text,
  interval: z.int(),
  workflowspec: z.string(),
  nextrun: Time,
  lastrun: Time,
  prevprocessgraphid: Text,
  waitforprevprocessgraph: z.boolean(),
})
export type Cron = z.infer<typeof Cron>

/** Submits a workflow whenever enough arguments were packed. */
export const Generator = z.object({
  generatorid: z.string(),
  name: z.string(),
  workflowspec: z.string(),
  trigger: z.int(),
  timeout: z.int(),
  queuesize: z.int(),
  lastrun: Time,
})
export type Generator = z.infer<typeof Generator>

const Texts = z.record(z.string(), z.string()).nullish()

const Metadata = z.object({
  name: z.string(),
  colonyname: Text,
  locationname: Text,
  labels: Texts,
  annotations: Texts,
  generation: z.int().default(0),
})

export const Blueprint = z.object({ blueprintid: z.string(), kind: z.string(), metadata: Metadata, spec: Json })
export type Blueprint = z.infer<typeof Blueprint>

export const BlueprintDefinition = z.object({
  blueprintdefinitionid: z.string(),
  kind: z.string(),
  metadata: Metadata,
  spec: Json,
})
export type BlueprintDefinition = z.infer<typeof BlueprintDefinition>
