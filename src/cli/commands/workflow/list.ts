import { z } from 'zod'
import type { CpmError } from '../../../core/errors.ts'
import { oneLine } from '../../../core/printable.ts'
import { snapshotOf } from '../../../engines/colonyos/colony-record.ts'
import type { RunRecord } from '../../../engines/runs/run-records.ts'
import { isOver, type RunSnapshot, STATES } from '../../../engines/runs/snapshot.ts'
import type { Session } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { readRun, warnOfOld } from '../../../operations/runs/read-run.ts'
import { openRuns, type Runs } from '../../../operations/runs/runs.ts'
import { count } from '../../../core/amounts.ts'
import { clock, stateMark, stateWord } from '../../views/run.ts'

export default defineCommand({
  name: 'workflow list',
  summary: 'List the runs of workflows that this machine knows',
  input: z.object({
    state: z.enum(STATES).optional().meta({ description: 'only runs in this state', value: 'state' }),
    limit: z.coerce
      .number()
      .int()
      .positive()
      .default(20)
      .meta({ description: 'at most so many, the newest; 20 without it', value: 'number' }),
  }),
  examples: [
    ['The newest runs', 'cpm workflow list'],
    ['Runs that failed', 'cpm workflow list --state failed'],
  ],
  run: async (context, { state, limit }) => {
    const runs = await openRuns(context)
    const { records, damaged } = runs.records.list()
    warnOfDamaged(context, damaged)
    const all = await refreshed(context, runs, records)
    const matching = all.filter((run) => state === undefined || run.state === state)
    return {
      total: matching.length,
      known: all.length,
      runs: matching.slice(0, limit).map(({ nodes, ...run }) => ({ ...run, nodes: countStates(nodes) })),
      damaged: damaged.map(({ run }) => run),
    }
  },
  views: {
    human: ({ runs, total, known }, style) => {
      if (known === 0) return 'no runs: cpm submit <package> makes one'
      if (total === 0) return `none of ${count(known, 'run')} is in this state`
      const width = (text: (run: (typeof runs)[number]) => string) => Math.max(...runs.map((run) => text(run).length))
      const idOf = (run: (typeof runs)[number]) => run.run
      const packageOf = (run: (typeof runs)[number]) => oneLine(`${run.package.name}@${run.package.version}`)
      const lines = runs.map((run) => {
        const pad = ' '.repeat('successful'.length - run.state.length)
        return [
          `${stateMark(run.state, style)} ${idOf(run).padEnd(width(idOf))}`,
          packageOf(run).padEnd(width(packageOf)),
          stateWord(run.state, style) + pad,
          clock(run.submittedAt, new Date()),
          doneOf(run.nodes),
          ...(run.colony ? [style('dim', `in ${oneLine(run.colony.name)}`)] : []),
        ].join('  ')
      })
      const more = total - runs.length
      return [...lines, more > 0 ? style('dim', `${count(more, 'older run')} not shown: --limit ${total}`) : ''].filter(Boolean).join('\n') // prettier-ignore
    },
  },
})

function warnOfDamaged({ emit }: Session, damaged: readonly { run: string; error: CpmError }[]): void {
  const [first] = damaged
  if (!first) return
  const others = damaged.length > 1 ? `, and ${count(damaged.length - 1, 'other record')}` : ''
  const hint = `cpm workflow rm ${first.run}`
  emit({ type: 'warning', code: first.error.code, message: `${first.error.message}${others}`, hint })
}

function doneOf(nodes: ReturnType<typeof countStates>): string {
  return `${nodes.successful} of ${Object.values(nodes).reduce((sum, number) => sum + number, 0)} done`
}

function known(record: RunRecord): RunSnapshot {
  if (record.colony) return snapshotOf(record)
  const { schemaVersion: _, source: _source, local: _local, ...rest } = record
  return rest
}

/** The records; what is not over is asked about anew. */
async function refreshed(context: Session, runs: Runs, records: readonly RunRecord[]): Promise<RunSnapshot[]> {
  const all = await Promise.all(
    records.map(async (record) =>
      isOver(record) ? { snapshot: known(record) } : await readRun(context, runs, record),
    ),
  )
  warnOfOld(context, all)
  return all.map(({ snapshot }) => snapshot)
}

function countStates(nodes: RunSnapshot['nodes']) {
  const counts = { waiting: 0, running: 0, successful: 0, failed: 0, cancelled: 0 }
  for (const { state } of nodes) counts[state]++
  return counts
}
