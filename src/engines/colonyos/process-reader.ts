import { COLONY_STATES, type ColonyState } from '../../schema/colony/values.ts'
import type { Process } from '../../schema/colony/process.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import type { ColonyClient } from './client.ts'
import { inBatches } from './in-batches.ts'

/** A process of a graph, as the graph describes it. */
export interface WantedProcess {
  readonly processid: string
  /** undefined if it is not in the graph */
  readonly state: ColonyState | undefined
}

interface ReaderOptions {
  /** the label of the run's processes, if cpm set one */
  label: string | undefined
}

/** Up to this many processes are read one by one, which costs the server least. */
const FEW = 8
/** The server's limit for listing the processes of a label. */
const MOST_LISTED = 100
/** Clocks differ, and the server compares with its own. */
const MARGIN_SECONDS = 300
/** If a history has this many times more processes of others than of the run, it is not requested again. */
const CROWD = 50

/**
 * Reads processes in bulk: by the label of the run, which lists a hundred of each state, and by the history of the
 * colony, which lists everything submitted since the run. Whatever is in neither, such as a process that changed its
 * state in the meantime, is read individually.
 */
export class ProcessReader {
  readonly #client: ColonyClient
  readonly #label: string | undefined
  #isCrowded = false

  constructor(client: ColonyClient, { label }: ReaderOptions) {
    this.#client = client
    this.#label = label
  }

  /** @param since when the graph was submitted, by the clock of the server */
  async read(wanted: readonly WantedProcess[], since: string | undefined): Promise<Process[]> {
    const missing = new Map(wanted.map((one) => [one.processid, one]))
    const found: Process[] = []
    const take = (processes: readonly Process[]) => {
      for (const process of processes) if (missing.delete(process.processid)) found.push(process)
    }
    // Processes go through the states in this order, so one that changes in the meantime is in a later list.
    for (const state of COLONY_STATES) {
      const left = () => [...missing.values()].filter((one) => one.state === state).length
      if (missing.size > FEW && left() > 0 && left() <= MOST_LISTED) take(await this.#labelled(state))
      if (missing.size > FEW && left() > 0) take(await this.#recent(state, since, left()))
    }
    const alone = await inBatches([...missing.keys()], (processid) => this.#client.call(RPCS.getProcess, { processid }))
    return [...found, ...alone]
  }

  async #labelled(state: ColonyState): Promise<Process[]> {
    if (this.#label === undefined) return []
    return await this.#client.call(RPCS.getProcesses, {
      colonyname: this.#client.colony,
      count: MOST_LISTED,
      state: COLONY_STATES.indexOf(state),
      executortype: '',
      label: this.#label,
      initiator: '',
    })
  }

  async #recent(state: ColonyState, since: string | undefined, wanted: number): Promise<Process[]> {
    if (since === undefined || this.#isCrowded) return []
    const seconds = Math.ceil(Math.max(0, Date.now() - Date.parse(since)) / 1000) + MARGIN_SECONDS
    const message = { colonyname: this.#client.colony, executorid: '', seconds, state: COLONY_STATES.indexOf(state) }
    try {
      const processes = await this.#client.call(RPCS.getRecentProcesses, message)
      this.#isCrowded = processes.length > CROWD * (wanted + FEW)
      return processes
    } catch (error) {
      if (!isTooMuch(error)) throw error
      this.#isCrowded = true
      return []
    }
  }
}

/** Returns whether a busy colony has more to return than fits into an answer or its time limit. */
function isTooMuch(error: unknown): boolean {
  return error instanceof CpmError && (error.details.cause === 'TIMEOUT' || error.details.limit !== undefined)
}
