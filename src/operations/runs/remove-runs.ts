import { CpmError } from '../../core/errors.ts'
import type { RunRecord, RunRecords } from '../../engines/runs/run-records.ts'
import type { Session } from '../session.ts'
import { ENGINES } from './engines.ts'
import { openRuns, type Runs } from './runs.ts'

export interface RemoveOptions {
  /** ids of runs, or the beginnings of ids */
  runs: readonly string[]
  /** remove only the records on this machine, without contacting colonies */
  recordOnly?: boolean
}

/** Removes runs that are over, with their logs and outputs. @throws CpmError RUN_NOT_FOUND, RUN_ACTIVE */
export async function removeRuns(
  session: Session,
  { runs: wanted, recordOnly = false }: RemoveOptions,
): Promise<{ removed: string[]; recordOnly: boolean }> {
  const runs = await openRuns(session)
  const removed: string[] = []
  for (const one of wanted) removed.push(await remove(runs, one, { recordOnly, signal: session.signal }))
  return { removed, recordOnly }
}

/** The errors of a record that is damaged or not a file. */
const DAMAGED: readonly string[] = ['RUN_INVALID', 'FILE_UNREADABLE']

interface Removal {
  recordOnly: boolean
  signal: AbortSignal
}

async function remove(runs: Runs, wanted: string, removal: Removal): Promise<string> {
  const { records } = runs
  const run = records.idOf(wanted)
  const record = readable(records, run)
  // A damaged record does not show where the run was, so only the record is removed.
  if (!record || (removal.recordOnly && ENGINES[record.engine].lastSeen)) records.remove(run)
  else await removeWhereItRan(runs, record, removal.signal)
  return run
}

function readable(records: RunRecords, run: string): RunRecord | undefined {
  try {
    return records.read(run)
  } catch (error) {
    if (error instanceof CpmError && DAMAGED.includes(error.code)) return undefined
    throw error
  }
}

async function removeWhereItRan(runs: Runs, record: RunRecord, signal: AbortSignal): Promise<void> {
  try {
    await (await runs.engineOf(record)).remove(record.run, { signal })
  } catch (error) {
    if (!(error instanceof CpmError) || !record.colony || error.code === 'RUN_ACTIVE' || signal.aborted) throw error
    const { code, message, details } = error
    const hint = `if its colony is gone: cpm workflow rm ${record.run} --record-only`
    throw new CpmError(code, message, { hint, details, cause: error })
  }
}
