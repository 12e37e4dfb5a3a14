import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { followRun } from '../../../operations/runs/follow-run.ts'
import { run as runOption, runTimeout } from '../../shell/options.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import { runTitle } from '../../views/run.ts'

export default defineCommand({
  name: 'workflow wait',
  summary: 'Wait for the end of a run; exits 10 when it was not successful',
  input: z.object({
    run: runOption,
    timeout: runTimeout,
    logs: z.boolean().default(false).meta({ description: 'show what the nodes write meanwhile' }),
  }),
  positionals: ['run'],
  examples: [
    ['Wait for the newest run', 'cpm workflow wait'],
    ['Wait for at most ten minutes', 'cpm workflow wait 20260314-1 --timeout 600'],
  ],
  run: async (context, { run, ...options }) => {
    const runs = await openRuns(context)
    const record = runs.records.find(run)
    return await followRun(context, await runs.engineOf(record), record.run, options)
  },
  views: { human: (snapshot, style) => runTitle(snapshot, style) },
})
