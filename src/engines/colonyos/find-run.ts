import { RPCS } from '../../schema/colony/rpcs.ts'
import { COLONY_STATES } from '../../schema/colony/values.ts'
import type { Process } from '../../schema/colony/process.ts'
import type { ColonyClient } from './client.ts'
import { type Mark, RUN_VARIABLE } from './wire-spec.ts'

interface Sought {
  readonly run: string
  readonly mark: Mark
  /** when it was first sent, by the clock of this machine */
  readonly since: Date
}

/** Clocks differ, and a server takes time. */
const MARGIN_SECONDS = 300
const MOST = 100

/**
 * Finds the id of a run's graph in the colony, if any. Only processes submitted by this identity count, because others
 * could use the same mark. A process may change its state between the requests for each state, but never backwards
 * except in a retry; before sending again, look more than once.
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
  // Variables can't be searched for, so everything from that time is checked.
  const seconds = Math.ceil(Math.max(0, Date.now() - since.getTime()) / 1000) + MARGIN_SECONDS
  return await client.call(RPCS.getRecentProcesses, { colonyname, executorid: '', seconds, state })
}

function isOf({ initiatorid, processgraphid, spec }: Process, { mark, run }: Sought, id: string): boolean {
  if (initiatorid !== id || processgraphid === '') return false
  return mark.kind === 'label' ? spec.label === mark.label : spec.env[RUN_VARIABLE] === run
}
