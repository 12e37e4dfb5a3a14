import { z } from 'zod'
import { retryRun } from '../../../operations/runs/retry-run.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption, runTimeout } from '../../shell/options.ts'
import { runTitle } from '../../terminal/run-lines.ts'

export default defineCommand({
  input: z.object({
    run: runOption,
    timeout: runTimeout,
    logs: z.boolean().default(false).meta({ description: 'show logs of the nodes while waiting' }),
  }),
  positionals: ['run'],
  examples: [['Rerun the failed nodes of the newest run', 'cpm workflow retry']],
  run: retryRun,
  views: { human: (snapshot, style) => runTitle(snapshot, style) },
})
