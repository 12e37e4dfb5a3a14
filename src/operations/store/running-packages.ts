import type { Tree } from '../../schema/digest.ts'
import { fateOf } from '../../core/process-identity.ts'
import { type RunRecord, RunRecords } from '../../engines/runs/run-records.ts'

/** Milliseconds after which a run whose process can't be seen counts as ended. A laptop may have slept over night. */
const SILENT_AFTER = 24 * 3_600_000

/**
 * Returns the packages that run on this machine now. A run also uses the packages that its workflow includes, which the
 * project may no longer use: therefore also returns when the oldest of them began.
 */
export function runningPackages(runs: string, now: Date): { trees: readonly Tree[]; since: Date | undefined } {
  const records = new RunRecords(runs)
  const isRunning = ({ run, local, finishedAt }: RunRecord) => {
    if (!local || finishedAt !== undefined) return false
    const fate = fateOf(local.process)
    if (fate !== 'unknown') return fate === 'living'
    return now.getTime() - (records.lastSignOfLife(run)?.getTime() ?? 0) < SILENT_AFTER
  }
  const running = records.list().records.filter(isRunning)
  const since = running.map(({ submittedAt }) => Date.parse(submittedAt)).sort((a, b) => a - b)[0]
  const trees = running.flatMap(({ source }) => (source.tree === undefined ? [] : [source.tree]))
  return { trees, since: since === undefined ? undefined : new Date(since) }
}
