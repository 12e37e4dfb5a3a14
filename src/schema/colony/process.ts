import { z } from 'zod'
import { Exact, Json, list, State, stateOfColor, Text, Time } from './values.ts'

const Conditions = z.object({
  colonyname: Text,
  executortype: Text,
  executornames: list(z.string()),
  dependencies: list(z.string()),
})

const Spec = z.object({
  nodename: Text,
  funcname: Text,
  label: Text,
  args: list(Json),
  kwargs: Json,
  env: z
    .record(z.string(), z.string())
    .nullish()
    .transform((env) => env ?? {}),
  maxwaittime: z.int(),
  maxexectime: z.int(),
  maxretries: z.int(),
  priority: z.int(),
  conditions: Conditions,
})

/** A function that was submitted, alone or as a node of a workflow. */
export const Process = z.object({
  processid: z.string(),
  initiatorid: Text,
  initiatorname: Text,
  assignedexecutorid: Text,
  state: State,
  prioritytime: Exact,
  submissiontime: Time,
  starttime: Time,
  endtime: Time,
  retries: z.int(),
  spec: Spec,
  waitforparents: z.boolean(),
  parents: list(z.string()),
  children: list(z.string()),
  processgraphid: Text,
  in: list(Json),
  out: list(Json),
  errors: list(z.string()),
})
export type Process = z.infer<typeof Process>

/** A node of a graph as it is drawn: its process, its name, and the state that its color stands for. */
const GraphNode = z
  .object({
    id: z.string(),
    data: z.object({ label: Text }).nullish(),
    style: z.object({ background: Text }).nullish(),
  })
  .transform(({ id, data, style }) => ({
    processid: id,
    nodename: data?.label ?? '',
    state: stateOfColor(style?.background ?? ''),
  }))
export type GraphNode = z.infer<typeof GraphNode>

/** A workflow that was submitted. It has no name and no label: what is known of it hangs on its processes. */
export const ProcessGraph = z.object({
  processgraphid: z.string(),
  initiatorid: Text,
  initiatorname: Text,
  colonyname: Text,
  state: State,
  rootprocessids: list(z.string()),
  processids: list(z.string()),
  /** empty in what answers a submission, and in lists of graphs */
  nodes: list(GraphNode),
  submissiontime: Time,
  starttime: Time,
  endtime: Time,
})
export type ProcessGraph = z.infer<typeof ProcessGraph>

/** A line that an executor logged. The time is in nanoseconds, all digits of which count where logs are asked for from there on. */
export const Log = z.object({ processid: Text, executorname: Text, message: Text, timestamp: Exact })
export type Log = z.infer<typeof Log>
