import { CpmError } from '../../core/errors.ts'
import { isOver, type RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { openRuns } from './runs.ts'

/** seconds to wait for a run whose process may not answer, for example because it is suspended */
const DEFAULT_TIMEOUT = 60

export interface CancelOptions {
  /** the run's id, or the beginning of it */
  run: string
  /** seconds to wait for the run to end */
  timeout?: number | undefined
}

/**
 * Ends the running nodes of a run and keeps the others from starting.
 * @returns the run as it ended; `cancelled` is false if it was already over
 * @throws CpmError RUN_NOT_FOUND, RUN_TIMEOUT and the errors of its colony
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
    throw new CpmError(
      'RUN_TIMEOUT',
      `the run ${record.run} did not end within ${timeout} s of the request to cancel it`,
      {
        hint: `cpm workflow get ${record.run}`,
      },
    )
  }
}
