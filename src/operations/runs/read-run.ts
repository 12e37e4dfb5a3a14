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
  /** what has the run */
  readonly engine?: Engine
  /** why its colony could not be asked: then the snapshot is what was seen last */
  readonly unanswered?: CpmError
}

/** A run as it is; where its colony can't be asked, as its record has it. */
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

/** Warns, once for all runs, that what is told of them is what was seen last. */
export function warnOfOld({ emit }: Pick<Session, 'emit'>, read: readonly ReadRun[]): void {
  const old = read.flatMap(({ snapshot: { run }, unanswered }) => (unanswered ? [{ run, error: unanswered }] : []))
  const [first] = old
  if (!first) return
  const { run, error } = first
  const others = old.length > 1 ? ` (and ${count(old.length - 1, 'other run')})` : ''
  emit({
    type: 'warning',
    code: error.code,
    message: `what is told of the run ${run}${others} may be old: ${error.message}`,
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}
