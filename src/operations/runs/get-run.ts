import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { readRun, warnOfOld } from './read-run.ts'
import { openRuns } from './runs.ts'

/** The state of a run; `isOld` if its colony could not be reached and this is the last known state. */
export type SeenRun = RunSnapshot & { readonly isOld: boolean }

/**
 * Reads the state of a run.
 * @param options.run the run's id or the beginning of it; by default the newest run
 * @throws CpmError RUN_NOT_FOUND
 */
export async function getRun(session: Session, { run }: { run?: string | undefined } = {}): Promise<SeenRun> {
  const runs = await openRuns(session)
  const read = await readRun(session, runs, runs.records.find(run))
  warnOfOld(session, [read])
  return { ...read.snapshot, isOld: read.unanswered !== undefined }
}
