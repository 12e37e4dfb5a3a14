import { z } from 'zod'
import { Json } from './json.ts'
import {
  Count,
  Cpu,
  EnvironmentName,
  EnvironmentText,
  Memory,
  Name,
  NodeName,
  Priority,
  Seconds,
  SmallCount,
  Tries,
} from './units.ts'

/** What ColonyOS accepts, with its own field names. The server drops unknown fields, so they are rejected here. */

const Gpu = z.strictObject({
  name: z.string().optional(),
  mem: Memory.optional(),
  count: Count.optional(),
  nodecount: Count.optional(),
})

const ExecutorName = Name.refine((name) => name !== '*', 'must not be *, which no executor matches on many servers')

/** Where a function may run. The colony is not a field: it is chosen when a workflow is submitted. */
const Conditions = z.strictObject({
  executortype: Name,
  executornames: z.array(ExecutorName).optional(),
  locationname: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  nodes: SmallCount.optional(),
  cpu: Cpu.optional(),
  processes: SmallCount.optional(),
  processespernode: SmallCount.optional(),
  mem: Memory.optional(),
  storage: Memory.optional(),
  gpu: Gpu.optional(),
  walltime: Count.optional(),
})

const Snapshot = z.strictObject({
  snapshotid: z.string().optional(),
  label: z.string(),
  dir: z.string(),
  keepfiles: z.boolean().optional(),
  keepsnapshot: z.boolean().optional(),
})
const KeepLocal = z.strictObject({ keeplocal: z.boolean() })
const SyncedFolder = z.strictObject({
  label: z.string(),
  dir: z.string(),
  keepfiles: z.boolean().optional(),
  onconflicts: z.strictObject({ onstart: KeepLocal.optional(), onclose: KeepLocal.optional() }).optional(),
})
const Filesystem = z.strictObject({
  mount: z.string().optional(),
  snapshots: z.array(Snapshot).optional(),
  dirs: z.array(SyncedFolder).optional(),
})
export type Filesystem = z.infer<typeof Filesystem>

/** A function to run: a node of a workflow. */
export const FunctionSpec = z.strictObject({
  nodename: NodeName,
  funcname: Name,
  args: z.array(Json).default([]),
  kwargs: z.record(z.string(), Json).default({}),
  priority: Priority.default(0),
  maxwaittime: Seconds.default(-1),
  maxexectime: Seconds.default(-1),
  maxretries: Tries.default(0),
  conditions: Conditions,
  label: z.string().optional(),
  fs: Filesystem.optional(),
  env: z.record(EnvironmentName, EnvironmentText).default({}),
  channels: z.array(Name).optional(),
})
export type FunctionSpec = z.infer<typeof FunctionSpec>

/** A function that runs on its own: it needs no name, and has nothing to wait for. */
export const SingleFunction = FunctionSpec.extend({
  nodename: NodeName.optional(),
  conditions: Conditions.omit({ dependencies: true }),
})
