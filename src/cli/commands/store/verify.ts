import { z } from 'zod'
import { count } from '../../../core/amounts.ts'
import { verifyStore } from '../../../operations/store/verify-store.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, offline, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    repair: z.boolean().default(false).describe('fetch damaged packages again, and remove those that nothing uses'),
    offline,
    registry,
    lockTimeout,
  }),
  examples: [
    ['Check the store, for example after a disk failed', 'cpm store verify'],
    ['Repair what is damaged', 'cpm store verify --repair'],
  ],
  run: verifyStore,
  views: {
    human: ({ entries, files, findings }, style) => {
      const lines = findings.map(
        ({ label, outcome, usedBy }) =>
          `${style('green', outcome)} ${label}${usedBy.length > 0 ? ` (used by ${usedBy.join(', ')})` : ''}`,
      )
      return [...lines, `${style('green', 'proven:')} ${count(entries, 'package')}, ${count(files, 'file')}`].join('\n')
    },
  },
})
