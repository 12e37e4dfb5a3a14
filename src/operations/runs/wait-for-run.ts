import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { followRun, type FollowOptions } from './follow-run.ts'
import { openRuns } from './runs.ts'

export interface WaitOptions extends FollowOptions {
  /** the run's id or the beginning of it; by default the newest run */
  run?: string | undefined
}

/** Waits for a run to end and reports events. @throws CpmError RUN_FAILED if it was not successful, RUN_TIMEOUT */
export async function waitForRun(session: Session, { run, ...options }: WaitOptions = {}): Promise<RunSnapshot> {
  const runs = await openRuns(session)
  const record = runs.records.find(run)
  return await followRun(session, await runs.engineOf(record), record.run, options)
}
