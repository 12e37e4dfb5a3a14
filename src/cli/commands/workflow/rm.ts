import { z } from 'zod'
import { count } from '../../../core/amounts.ts'
import { removeRuns } from '../../../operations/runs/remove-runs.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    runs: z.array(z.string()).min(1).meta({ description: 'runs, by their ids or the start of them', value: 'run' }),
    recordOnly: z
      .boolean()
      .default(false)
      .describe('remove only the records on this machine, and leave the runs in their colonies'),
  }),
  positionals: ['runs'],
  examples: [
    ['Remove a run', 'cpm workflow rm 20260314-1'],
    ['Remove a run whose colony is gone', 'cpm workflow rm 20260314-1 --record-only'],
  ],
  run: removeRuns,
  views: {
    human: ({ removed, recordOnly }) =>
      recordOnly
        ? `removed the record of ${count(removed.length, 'run')}; colonies may still have ${removed.length === 1 ? 'it' : 'them'}`
        : `removed ${count(removed.length, 'run')}`,
  },
})
