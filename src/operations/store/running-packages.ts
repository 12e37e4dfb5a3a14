import type { Tree } from '../../schema/digest.ts'
import { fateOf } from '../../core/process-identity.ts'
import { RunRecords } from '../../engines/runs/run-records.ts'

/**
 * Returns the packages that run on this machine now. A run also uses the packages that its workflow includes, which the
 * project may no longer use: therefore also returns when the oldest of them began.
 */
export function runningPackages(runs: string): { trees: readonly Tree[]; since: Date | undefined } {
  const { records } = new RunRecords(runs).list()
  const running = records.filter(
    ({ local, finishedAt }) => local && finishedAt === undefined && fateOf(local.process) !== 'ended',
  )
  const since = running.map(({ submittedAt }) => submittedAt).sort()[0]
  const trees = running.flatMap(({ source }) => (source.tree === undefined ? [] : [source.tree]))
  return { trees, since: since === undefined ? undefined : new Date(since) }
}
