import { setTimeout as delay } from 'node:timers/promises'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import type { ColonyClient } from './client.ts'
import { findRun } from './find-run.ts'
import type { WireWorkflow } from './wire-spec.ts'

export interface Pace {
  /** milliseconds after which a request is no longer in flight */
  readonly grace: number
  /** pauses before each look for a run whose answer was lost */
  readonly looks: readonly number[]
}

export const PACE: Pace = { grace: 5000, looks: [0, 500, 1500, 3000] }

interface Submission {
  readonly run: string
  readonly workflow: WireWorkflow
  /** when an earlier attempt may have been sent; undefined if there was none */
  readonly sentAt: Date | undefined
  /** records on disk that the request is about to be sent, and returns the time of sending */
  readonly note: () => Date
  readonly pace: Pace
}

/** The colony has no part of the run, and the server doesn't accept it as it is. */
export class NotTaken extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('the colony did not take it')
    this.reason = reason
  }
}

/**
 * Submits a workflow to the colony exactly once. The server accepts the same request any number of times and creates a
 * graph for each, so a request is sent only after a look shows that no earlier one arrived, and at most once per call
 * (docs/colonyos.md, "No run twice").
 * @returns the id of the graph
 * @throws NotTaken if there is certainly none, CpmError COLONY_UNCERTAIN if that is unknown
 */
export async function submitOnce(
  client: ColonyClient,
  { run, workflow, sentAt, note, pace }: Submission,
): Promise<string> {
  const { mark, spec } = workflow
  const { signal } = client.wire
  if (sentAt) {
    const find = () => findWhole(client, workflow, { run, mark, since: sentAt })
    const found = await find()
    if (found !== undefined) return found
    await delay(Math.min(pace.grace, Math.max(0, sentAt.getTime() + pace.grace - Date.now())), undefined, { signal })
    const late = await find()
    if (late !== undefined) return late
  }
  const since = note()
  try {
    return (await client.call(RPCS.submitWorkflow, { spec })).processgraphid
  } catch (error) {
    if (isCertain(error)) throw new NotTaken(error)
    for (const pause of pace.looks) {
      await delay(pause, undefined, { signal })
      const found = await findWhole(client, workflow, { run, mark, since }).catch(unlessPart)
      if (found !== undefined) return found
    }
    throw uncertain(run, error)
  }
}

/** Finds the graph of a run. @throws CpmError COLONY_REFUSED if some of its nodes are missing */
async function findWhole(client: ColonyClient, { spec }: WireWorkflow, sought: Parameters<typeof findRun>[1]) {
  const id = await findRun(client, sought)
  if (id === undefined) return undefined
  const graph = await client.call(RPCS.getGraph, { processgraphid: id }).catch((error: unknown) => {
    // A graph with a missing process can't be read at all.
    if (error instanceof CpmError && error.code === 'COLONY_REFUSED') return undefined
    throw error
  })
  const [there, wanted] = [graph?.processids.length ?? 0, spec.functionspecs.length]
  if (there === wanted) return id
  throw new CpmError('COLONY_REFUSED', `the colony has only ${there} of ${wanted} nodes of the run ${sought.run}`, {
    hint: `remove its graph ${id}: its nodes may run`,
    details: { run: sought.run, graph: id, isPart: true },
  })
}

/** A failed look proves nothing, except one that found a part. */
function unlessPart(error: unknown): undefined {
  if (error instanceof CpmError && error.details.isPart === true) throw error
  return undefined
}

/**
 * Returns whether an error proves that the server did nothing. The server writes before all checks are done, so a 500
 * proves nothing.
 */
function isCertain(error: unknown): boolean {
  if (!(error instanceof CpmError)) return false
  const { code, details } = error
  if (code === 'COLONY_DENIED' || code === 'COLONY_TOO_OLD') return true
  if (code === 'COLONY_UNREACHABLE') return details.sent === false
  const status = Number(details.status)
  return (code === 'COLONY_REFUSED' || code === 'COLONY_MISBEHAVED') && status >= 400 && status < 500
}

function uncertain(run: string, error: unknown): unknown {
  if (!(error instanceof CpmError)) return error
  return new CpmError(
    'COLONY_UNCERTAIN',
    `it is unknown whether the colony accepted the run ${run}: ${error.message}`,
    {
      hint: `run the command again: it submits the run ${run} only if the colony does not have it`,
      details: { ...error.details, run },
      cause: error,
    },
  )
}
