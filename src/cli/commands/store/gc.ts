import { z } from 'zod'
import { bytes, count } from '../../../core/amounts.ts'
import { gc } from '../../../operations/store/gc.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { dryRun, lockTimeout } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    dryRun,
    olderThan: z.coerce
      .number()
      .nonnegative()
      .default(0)
      .meta({ description: 'keep packages that were written or used in the last <days> days', value: 'days' }),
    forgetMissing: z
      .boolean()
      .default(false)
      .describe('also remove packages that only missing projects use, instead of keeping them for 30 days'),
    lockTimeout,
  }),
  examples: [
    ['Show what would be removed', 'cpm gc --dry-run'],
    ['Keep what was used in the last month', 'cpm gc --older-than 30'],
    ['After removing projects', 'cpm gc --forget-missing'],
  ],
  run: gc,
  views: {
    human: ({ removed, kept, leftovers, size, dryRun: isDry }, style) => {
      const lines = [...removed]
        .sort((a, b) => b.size - a.size)
        .map((entry) => `${style('red', '-')} ${entry.label} ${style('dim', `(${bytes(entry.size)})`)}`)
      const what = [
        count(removed.length, 'package'),
        ...(leftovers.count > 0 ? [count(leftovers.count, 'leftover')] : []),
      ].join(' and ')
      const nothing = removed.length + leftovers.count === 0
      const summary = nothing
        ? `nothing to remove; ${count(kept, 'package')} in the store`
        : `${isDry ? 'would remove' : 'removed'} ${what} (${bytes(size)}); ${count(kept, 'package')} ${isDry ? 'would stay' : 'left'}`
      return [...lines, summary].join('\n')
    },
  },
})
