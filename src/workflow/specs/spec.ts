import { z } from 'zod'

/**
 * What ColonyOS takes, with its own field names. Its server drops fields it does not know and queues parts of a workflow
 * before it refuses the rest, so everything is checked here before anything is sent (docs/workflows.md, "What is checked").
 */

const MAX_NAME = 128
const CPU_UNIT = 'must be in thousandths of a core, as 1500m'
const MEMORY_UNIT = 'must be a whole number of Mi or Gi, as 512Mi'
const PRIORITY = 50_000

const Name = z.string().min(1, 'must not be empty').max(MAX_NAME, `has at most ${MAX_NAME} characters`)

/** A node's name is also the name of its folder, on every system. */
const NodeName = z
  .string()
  .max(MAX_NAME, `has at most ${MAX_NAME} characters`)
  .regex(
    /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/,
    'must be letters, digits, _, - and dots inside: it names a folder',
  )
  .refine((name) => !/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i.test(name), 'is a device’s name on Windows')
  .refine((name) => !/^run\.json/i.test(name), 'is the name of a file of the run')

const Count = z.int('must be a whole number').min(0, 'must not be negative')
/** -1 is without limit */
const Limit = z.int('must be a whole number').min(-1, 'must be -1 (no limit) or more')
/** The server reads "2" as nothing at all, so the unit is required. */
const Cpu = z.string(CPU_UNIT).regex(/^\d{1,9}m$/, CPU_UNIT)
/** Of the units that the server knows these two are read alike every time. */
const Memory = z.string(MEMORY_UNIT).regex(/^\d{1,9}[MG]i$/, MEMORY_UNIT)
/** A NUL can't be in an environment at all. */
const EnvironmentText = z.string('must be a text: quote it').refine((text) => !text.includes('\0'), 'must not hold NUL')
const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name for a variable')

const Gpu = z.strictObject({
  name: z.string().optional(),
  mem: Memory.optional(),
  count: Count.optional(),
  nodecount: Count.optional(),
})

/** Where a function may run. The colony is not among them: it is chosen when a workflow is submitted. */
const Conditions = z.strictObject({
  executortype: Name,
  executornames: z.array(Name).optional(),
  locationname: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  nodes: Count.max(127).optional(),
  cpu: Cpu.optional(),
  processes: Count.max(127).optional(),
  processespernode: Count.max(127).optional(),
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

/** One function to run: a node of a workflow. */
export const FunctionSpec = z.strictObject({
  nodename: NodeName,
  funcname: Name,
  args: z.array(z.json()).default([]),
  kwargs: z.record(z.string(), z.json()).default({}),
  priority: z
    .int('must be a whole number')
    .min(-PRIORITY, `is at least -${PRIORITY}`)
    .max(PRIORITY, `is at most ${PRIORITY}`)
    .default(0),
  maxwaittime: Limit.default(-1),
  /** seconds; 0 means no limit too, as the server has it in workflows */
  maxexectime: Limit.default(-1),
  maxretries: Limit.default(0),
  conditions: Conditions,
  label: z.string().optional(),
  fs: Filesystem.optional(),
  env: z.record(EnvironmentName, EnvironmentText).default({}),
  channels: z.array(Name).optional(),
})
export type FunctionSpec = z.infer<typeof FunctionSpec>

/** A workflow as a package writes it; the server takes its `functions` as `functionspecs`, beside the colony's name. */
export const WorkflowSpec = z.strictObject({
  kind: z.literal('Workflow', 'must be Workflow'),
  functions: z.array(FunctionSpec).min(1, 'must name at least one node: an empty workflow waits for ever').max(10_000),
})
export type WorkflowSpec = z.infer<typeof WorkflowSpec>
