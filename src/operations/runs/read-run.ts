import { CpmError } from '../../core/errors.ts'
import type { Engine } from '../../engines/engine.ts'
import type { RunRecord } from '../../engines/runs/run-records.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import { ENGINES } from './engines.ts'
import type { Runs } from './runs.ts'
import { count } from '../../core/amounts.ts'

interface ReadRun {
  readonly snapshot: RunSnapshot
  /** the engine of the run, if it could be opened */
  readonly engine?: Engine
  /** why its colony could not be reached; the snapshot is then the last known state */
  readonly unanswered?: CpmError
}

/** Reads the state of a run, or its last known state if its colony can't be reached. */
export async function readRun({ signal }: Pick<Session, 'signal'>, runs: Runs, record: RunRecord): Promise<ReadRun> {
  try {
    const engine = await runs.engineOf(record)
    return { snapshot: await engine.read(record.run, { signal }), engine }
  } catch (error) {
    const { lastSeen } = ENGINES[record.engine]
    if (!lastSeen || !(error instanceof CpmError) || error.code === 'INTERRUPTED') throw error
    return { snapshot: lastSeen(record), unanswered: error }
  }
}

/** Warns once for all runs whose last known state is shown. */
export function warnOfOld({ emit }: Pick<Session, 'emit'>, read: readonly ReadRun[]): void {
  const old = read.flatMap(({ snapshot: { run }, unanswered }) => (unanswered ? [{ run, error: unanswered }] : []))
  const [first] = old
  if (!first) return
  const { run, error } = first
  const others = old.length > 1 ? ` (and ${count(old.length - 1, 'other run')})` : ''
  emit({
    type: 'warning',
    code: error.code,
    message: `the state of the run ${run}${others} may be out of date: ${error.message}`,
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}
