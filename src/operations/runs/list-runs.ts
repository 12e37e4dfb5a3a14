import { count } from '../../core/amounts.ts'
import type { CpmError } from '../../core/errors.ts'
import { snapshotOf } from '../../engines/colonyos/colony-record.ts'
import type { RunRecord } from '../../engines/runs/run-records.ts'
import { isOver, type RunState, type RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { readRun, warnOfOld } from './read-run.ts'
import { openRuns, type Runs } from './runs.ts'

export interface ListRunsOptions {
  /** only runs in this state */
  state?: RunSnapshot['state'] | undefined
  /** the maximum number of runs; the newest are listed */
  limit?: number
}

/** Runs that this machine knows, newest first. */
export interface RunList {
  /** how many runs match, including those beyond the limit */
  readonly total: number
  /** how many runs this machine knows */
  readonly known: number
  readonly runs: readonly (Omit<RunSnapshot, 'nodes'> & { readonly nodes: Readonly<Record<RunState, number>> })[]
  /** ids of runs whose record can't be read */
  readonly damaged: readonly string[]
}

/** Lists the runs that this machine knows. The state of those that were not over is read again. */
export async function listRuns(session: Session, { state, limit = 20 }: ListRunsOptions = {}): Promise<RunList> {
  const runs = await openRuns(session)
  const { records, damaged } = runs.records.list()
  warnOfDamaged(session, damaged)
  const all = await refreshed(session, runs, records)
  const matching = all.filter((run) => state === undefined || run.state === state)
  return {
    total: matching.length,
    known: all.length,
    runs: matching.slice(0, limit).map(({ nodes, ...run }) => ({ ...run, nodes: countStates(nodes) })),
    damaged: damaged.map(({ run }) => run),
  }
}

function warnOfDamaged({ emit }: Session, damaged: readonly { run: string; error: CpmError }[]): void {
  const [first] = damaged
  if (!first) return
  const others = damaged.length > 1 ? `, and ${count(damaged.length - 1, 'other record')}` : ''
  const hint = `cpm workflow rm ${first.run}`
  emit({ type: 'warning', code: first.error.code, message: `${first.error.message}${others}`, hint })
}

async function refreshed(session: Session, runs: Runs, records: readonly RunRecord[]): Promise<RunSnapshot[]> {
  const all = await Promise.all(
    records.map(async (record) =>
      isOver(record) ? { snapshot: asRecorded(record) } : await readRun(session, runs, record),
    ),
  )
  warnOfOld(session, all)
  return all.map(({ snapshot }) => snapshot)
}

function asRecorded(record: RunRecord): RunSnapshot {
  if (record.colony) return snapshotOf(record)
  const { schemaVersion: _, source: _source, local: _local, ...rest } = record
  return rest
}

function countStates(nodes: RunSnapshot['nodes']): Record<RunState, number> {
  const counts = { waiting: 0, running: 0, successful: 0, failed: 0, cancelled: 0 }
  for (const { state } of nodes) counts[state]++
  return counts
}
