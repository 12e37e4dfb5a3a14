import { z } from 'zod'
import { waitForRun } from '../../../operations/runs/wait-for-run.ts'
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
  examples: [
    ['Wait for the newest run', 'cpm workflow wait'],
    ['Wait at most ten minutes', 'cpm workflow wait 20260314-1 --timeout 600'],
  ],
  run: waitForRun,
  views: { human: (snapshot, style) => runTitle(snapshot, style) },
})
