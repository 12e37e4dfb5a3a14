import { z } from 'zod'
import { list, Text, Time } from './values.ts'

/** What a server reports about itself (since 1.9.0). A development build reports `dev` and the current time. */
export const ServerInfo = z.object({ buildversion: Text, buildtime: Text })
export type ServerInfo = z.infer<typeof ServerInfo>

export const Colony = z.object({ colonyid: z.string(), name: z.string() })

/** Counts for a colony. Servers before 1.9.12 don't count what was cancelled. */
export const Statistics = z.object({
  executors: z.int(),
  activeexecutors: z.int(),
  waitingprocesses: z.int(),
  runningprocesses: z.int(),
  successfulprocesses: z.int(),
  failedprocesses: z.int(),
  cancelledprocesses: z.int().default(0),
  waitingworkflows: z.int(),
  runningworkflows: z.int(),
  successfulworkflows: z.int(),
  failedworkflows: z.int(),
  cancelledworkflows: z.int().default(0),
})
export type Statistics = z.infer<typeof Statistics>

const EXECUTOR_STATES = ['pending', 'approved', 'rejected', 'unregistered'] as const

export const Executor = z.object({
  executorid: z.string(),
  executortype: z.string(),
  executorname: z.string(),
  // An executor in a state this cpm doesn't know can't take work.
  state: z.int().transform((number) => EXECUTOR_STATES[number] ?? 'unknown'),
  commissiontime: Time,
  lastheardfromtime: Time,
  locationname: Text,
})
export type Executor = z.infer<typeof Executor>

const Argument = z.object({ name: Text, type: Text, description: Text, required: z.boolean().default(false) })

/** What an executor advertises. It may well do more, or less. */
export const ColonyFunction = z.object({
  functionid: Text,
  executorname: z.string(),
  executortype: z.string(),
  funcname: z.string(),
  description: Text,
  args: list(Argument),
})
export type ColonyFunction = z.infer<typeof ColonyFunction>
