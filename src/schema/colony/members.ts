import { z } from 'zod'
import { list, Text, Time } from './values.ts'

/** What a server says of itself (since 1.9.0). Without an environment of its own it says `dev` and the time of asking. */
export const ServerInfo = z.object({ buildversion: Text, buildtime: Text })
export type ServerInfo = z.infer<typeof ServerInfo>

export const Colony = z.object({ colonyid: z.string(), name: z.string() })

/** How much a colony has of what. Servers before 1.9.12 know nothing of what was cancelled. */
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
  // What this cpm does not know is none that could take work.
  state: z.int().transform((number) => EXECUTOR_STATES[number] ?? 'unknown'),
  commissiontime: Time,
  lastheardfromtime: Time,
  locationname: Text,
})
export type Executor = z.infer<typeof Executor>

const Argument = z.object({ name: Text, type: Text, description: Text, required: z.boolean().default(false) })

/** What an executor advertises. Nothing keeps an executor from doing more, or from not doing it. */
export const ColonyFunction = z.object({
  functionid: Text,
  executorname: z.string(),
  executortype: z.string(),
  funcname: z.string(),
  description: Text,
  args: list(Argument),
})
export type ColonyFunction = z.infer<typeof ColonyFunction>
