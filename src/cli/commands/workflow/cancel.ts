import { z } from 'zod'
import { cancelRun } from '../../../operations/runs/cancel-run.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { runTimeout, theRun } from '../../shell/options.ts'
import { runTitle } from '../../terminal/run-lines.ts'

export default defineCommand({
  input: z.object({ run: theRun, timeout: runTimeout }),
  positionals: ['run'],
  examples: [['Stop a run', 'cpm workflow cancel 20260314-1']],
  run: cancelRun,
  views: {
    human: ({ cancelled, ...snapshot }, style) =>
      `${runTitle(snapshot, style)}${cancelled ? '' : style('dim', ' (it had already finished)')}`,
  },
})
