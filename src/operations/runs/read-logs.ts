import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import type { LogEntry } from '../../engines/engine.ts'
import type { RunRecord } from '../../engines/runs/run-records.ts'
import type { Session } from '../session.ts'
import { openRuns } from './runs.ts'

export interface LogOptions {
  /** the run's id or the beginning of it; by default the newest run */
  run?: string | undefined
  /** only what this node wrote */
  node?: string | undefined
  /** continue until the run is over */
  follow?: boolean
}

/**
 * Reads what the nodes of a run wrote.
 * @returns the run's id and its entries, which are read on iteration
 * @throws CpmError RUN_NOT_FOUND; USAGE for a node that the run does not have
 */
export async function readLogs(
  session: Session,
  { run, node, follow = false }: LogOptions = {},
): Promise<{ run: string; entries: AsyncIterable<LogEntry> }> {
  const runs = await openRuns(session)
  const record = runs.records.find(run)
  if (node !== undefined) requireNode(record, node)
  const engine = await runs.engineOf(record)
  return { run: record.run, entries: engine.logs(record.run, { node, follow, signal: session.signal }) }
}

function requireNode({ run, nodes }: RunRecord, node: string): void {
  const names = nodes.map(({ nodename }) => nodename)
  if (names.includes(node)) return
  throw new CpmError('USAGE', `the run ${run} has no node ${node}${didYouMean(node, names)}`, { hint: `cpm workflow get ${run}` }) // prettier-ignore
}
