import { CpmError } from '../../core/errors.ts'
import { isOver, type RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { openRuns } from './runs.ts'

/** How long a run is waited for whose process may not answer, for example because it is stopped. */
const DEFAULT_TIMEOUT = 60

export interface CancelOptions {
  /** the run's id, or the beginning of it */
  run: string
  /** seconds to wait for its end */
  timeout?: number | undefined
}

/**
 * Ends the nodes of a run that are running and keeps the others from starting.
 * @returns the run as it ended; `cancelled` is false where it was over already
 * @throws CpmError RUN_NOT_FOUND, RUN_TIMEOUT, and what reaching its colony can fail with
 */
export async function cancelRun(
  session: Session,
  { run, timeout = DEFAULT_TIMEOUT }: CancelOptions,
): Promise<{ cancelled: boolean } & RunSnapshot> {
  const runs = await openRuns(session)
  const record = runs.records.find(run)
  const engine = await runs.engineOf(record)
  const { signal } = session
  const before = await engine.read(record.run, { signal })
  if (isOver(before)) return { cancelled: false, ...before }
  const deadline = AbortSignal.timeout(timeout * 1000)
  try {
    return { cancelled: true, ...(await engine.cancel(record.run, { signal: AbortSignal.any([signal, deadline]) })) }
  } catch (error) {
    if (!deadline.aborted || signal.aborted || error instanceof CpmError) throw error
    throw new CpmError('RUN_TIMEOUT', `the run ${record.run} was asked to end and had not ended after ${timeout} s`, {
      hint: `cpm workflow get ${record.run}`,
    })
  }
}
