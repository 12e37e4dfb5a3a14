import { RPCS } from '../../schema/colony/rpcs.ts'
import { COLONY_STATES } from '../../schema/colony/values.ts'
import type { Process } from '../../schema/colony/process.ts'
import type { ColonyClient } from './client.ts'
import { type Mark, RUN_VARIABLE } from './wire-spec.ts'

interface Sought {
  readonly run: string
  readonly mark: Mark
  /** when it was sent first, by the clock of this machine */
  readonly since: Date
}

/** Clocks differ, and a server takes its time. */
const MARGIN_SECONDS = 300
const MOST = 100

/**
 * The id of the graph that a run became in the colony, if it did. Only what this identity submitted counts: others could use the same mark.
 * A process changes its state while the states are asked for one after the other, but never backwards, save for a retry; whoever
 * decides to send again looks more than once.
 */
export async function findRun(client: ColonyClient, sought: Sought): Promise<string | undefined> {
  for (const state of COLONY_STATES.keys()) {
    const processes = await candidates(client, state, sought)
    const found = processes.find((process) => isOf(process, sought, client.identity.id))
    if (found) return found.processgraphid
  }
  return undefined
}

async function candidates(client: ColonyClient, state: number, { mark, since }: Sought): Promise<Process[]> {
  const { colony: colonyname } = client
  if (mark.kind === 'label')
    return await client.call(RPCS.getProcesses, {
      colonyname,
      count: MOST,
      state,
      executortype: '',
      label: mark.label,
      initiator: '',
    })
  // Variables can't be searched for: everything of that time is looked through.
  const seconds = Math.ceil(Math.max(0, Date.now() - since.getTime()) / 1000) + MARGIN_SECONDS
  return await client.call(RPCS.getRecentProcesses, { colonyname, executorid: '', seconds, state })
}

function isOf({ initiatorid, processgraphid, spec }: Process, { mark, run }: Sought, id: string): boolean {
  if (initiatorid !== id || processgraphid === '') return false
  return mark.kind === 'label' ? spec.label === mark.label : spec.env[RUN_VARIABLE] === run
}
