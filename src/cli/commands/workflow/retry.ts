import { z } from 'zod'
import { retryRun } from '../../../operations/runs/retry-run.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption, runTimeout } from '../../shell/options.ts'
import { runTitle } from '../../views/run.ts'

export default defineCommand({
  input: z.object({
    run: runOption,
    timeout: runTimeout,
    logs: z.boolean().default(false).meta({ description: 'show what the nodes write meanwhile' }),
  }),
  positionals: ['run'],
  examples: [['Run again what failed of the newest run', 'cpm workflow retry']],
  run: retryRun,
  views: { human: (snapshot, style) => runTitle(snapshot, style) },
})
