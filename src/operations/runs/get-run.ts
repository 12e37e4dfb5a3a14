import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { readRun, warnOfOld } from './read-run.ts'
import { openRuns } from './runs.ts'

/** A run as it is; `isOld` where its colony could not be asked, and it is shown as it was last seen. */
export type SeenRun = RunSnapshot & { readonly isOld: boolean }

/** @param options.run the run's id or the beginning of it; the newest without it. @throws CpmError RUN_NOT_FOUND */
export async function getRun(session: Session, { run }: { run?: string | undefined } = {}): Promise<SeenRun> {
  const runs = await openRuns(session)
  const read = await readRun(session, runs, runs.records.find(run))
  warnOfOld(session, [read])
  return { ...read.snapshot, isOld: read.unanswered !== undefined }
}
