import { z } from 'zod'
import { count } from '../../../core/amounts.ts'
import { removeRuns } from '../../../operations/runs/remove-runs.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    runs: z.array(z.string()).min(1).meta({ description: 'runs, by id or its beginning', value: 'run' }),
    recordOnly: z
      .boolean()
      .default(false)
      .describe('forget what this machine knows of runs in colonies, and ask no colony; what is there stays'),
  }),
  positionals: ['runs'],
  examples: [
    ['Forget a run', 'cpm workflow rm 20260314-1'],
    ['Forget a run whose colony is gone', 'cpm workflow rm 20260314-1 --record-only'],
  ],
  run: removeRuns,
  views: {
    human: ({ removed, recordOnly }) =>
      recordOnly
        ? `forgot ${count(removed.length, 'run')}; what colonies have of ${removed.length === 1 ? 'it' : 'them'} is still there`
        : `removed ${count(removed.length, 'run')}`,
  },
})
