import { z } from 'zod'
import { ago, count } from '../../../core/amounts.ts'
import { oneLine } from '../../../core/printable.ts'
import { STATES } from '../../../engines/runs/snapshot.ts'
import { listRuns, type RunList } from '../../../operations/runs/list-runs.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { stateMark, stateWord } from '../../terminal/run-lines.ts'

export default defineCommand({
  input: z.object({
    state: z.enum(STATES).optional().meta({ description: 'list only runs in this state', value: 'state' }),
    limit: z.coerce
      .number()
      .int()
      .positive()
      .default(20)
      .meta({ description: 'how many of the newest runs to list (default: 20)', value: 'number' }),
  }),
  examples: [
    ['List the newest runs', 'cpm workflow list'],
    ['List failed runs', 'cpm workflow list --state failed'],
  ],
  run: listRuns,
  views: {
    human: ({ runs, total, known }, style) => {
      if (known === 0) return 'no runs: start one with cpm submit <package>'
      if (total === 0) return `none of ${count(known, 'run')} is in this state`
      const width = (text: (run: (typeof runs)[number]) => string) => Math.max(...runs.map((run) => text(run).length))
      const idOf = (run: (typeof runs)[number]) => run.run
      const packageOf = (run: (typeof runs)[number]) => oneLine(`${run.package.name}@${run.package.version}`)
      const now = new Date()
      const submitted = (run: (typeof runs)[number]) => ago(new Date(run.submittedAt), now)
      const lines = runs.map((run) => {
        const pad = ' '.repeat('successful'.length - run.state.length)
        return [
          `${stateMark(run.state, style)} ${idOf(run).padEnd(width(idOf))}`,
          packageOf(run).padEnd(width(packageOf)),
          stateWord(run.state, style) + pad,
          submitted(run).padEnd(width(submitted)),
          ...(run.state === 'successful' ? [] : [doneOf(run.nodes)]),
          ...(run.colony ? [style('dim', `in ${oneLine(run.colony.name)}`)] : []),
        ]
          .join('  ')
          .trimEnd()
      })
      const more = total - runs.length
      return [...lines, more > 0 ? style('dim', `${count(more, 'older run')} not shown: --limit ${total}`) : ''].filter(Boolean).join('\n') // prettier-ignore
    },
  },
})

function doneOf(nodes: RunList['runs'][number]['nodes']): string {
  return `${nodes.successful} of ${Object.values(nodes).reduce((sum, number) => sum + number, 0)} done`
}
