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

/** A submitted function, alone or as a node of a workflow. */
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

/** A node of a graph as it is drawn: its process, its name, and a color for its state. */
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

/** A submitted workflow. It has no name and no label: everything about it is on its processes. */
export const ProcessGraph = z.object({
  processgraphid: z.string(),
  initiatorid: Text,
  initiatorname: Text,
  colonyname: Text,
  state: State,
  rootprocessids: list(z.string()),
  processids: list(z.string()),
  /** empty in the answer to a submission, and in lists of graphs */
  nodes: list(GraphNode),
  submissiontime: Time,
  starttime: Time,
  endtime: Time,
})
export type ProcessGraph = z.infer<typeof ProcessGraph>

/** A line that an executor logged. The time is in nanoseconds, and paging through logs needs all of its digits. */
export const Log = z.object({ processid: Text, executorname: Text, message: Text, timestamp: Exact })
export type Log = z.infer<typeof Log>
