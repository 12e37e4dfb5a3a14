import { z } from 'zod'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { CpmError } from '../../../core/errors.ts'
import type { LogEntry } from '../../../engines/engine.ts'
import type { RunRecord } from '../../../engines/runs/run-records.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { logLines } from '../../../operations/runs/follow-run.ts'
import { run as runOption } from '../../shell/options.ts'
import { openRuns } from '../../../operations/runs/runs.ts'

export default defineCommand({
  name: 'workflow logs',
  summary: 'Show what the nodes of a run wrote',
  input: z.object({
    run: runOption,
    node: z.string().optional().meta({ description: 'only what this node wrote', value: 'name' }),
    follow: z.boolean().default(false).meta({ description: 'go on until the run is over' }),
  }),
  positionals: ['run'],
  examples: [
    ['All of the newest run', 'cpm workflow logs'],
    ['One node, while it runs', 'cpm workflow logs --node index --follow'],
  ],
  run: async (context, { run, node, follow }) => {
    const { screen, signal } = context
    const runs = await openRuns(context)
    const record = runs.records.find(run)
    if (node !== undefined) requireNode(record, node)
    const engine = await runs.engineOf(record)
    const entries: LogEntry[] = []
    for await (const entry of engine.logs(record.run, { node, follow, signal })) {
      if (!screen) entries.push(entry)
      else {
        const lines = logLines(entry, node === undefined)
        if (!(await screen.write(lines.map((line) => `${line}\n`).join('')))) break
      }
    }
    return { run: record.run, entries }
  },
  // Everything has been written by then.
  views: { human: () => '' },
})

function requireNode({ run, nodes }: RunRecord, node: string): void {
  const names = nodes.map(({ nodename }) => nodename)
  if (names.includes(node)) return
  throw new CpmError('USAGE', `the run ${run} has no node ${node}${didYouMean(node, names)}`, { hint: `cpm workflow get ${run}` }) // prettier-ignore
}
