import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { listSettings } from '../../../operations/settings.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    origin: z.boolean().default(false).describe('show where each value comes from'),
    all: z.boolean().default(false).describe('also list the settings that are not set'),
  }),
  examples: [
    ['List your settings', 'cpm config list'],
    ['Show where each value comes from', 'cpm config list --origin'],
    ['Show what can be set', 'cpm config list --all'],
  ],
  run: async (session, { origin, all }) => ({ ...(await listSettings(session)), origin, all }),
  views: {
    human: ({ settings, unset, origin, all }, style) => {
      const shown = settings.filter(({ overridden }) => origin || !overridden)
      const lines = shown.map(({ key, value, place, overridden }) => {
        const text = typeof value === 'string' ? oneLine(value) : JSON.stringify(value)
        const note = origin ? style('dim', ` (${place}${overridden ? ', overridden' : ''})`) : ''
        return `${key} = ${text}${note}`
      })
      const rest = all ? unset.map((key) => style('dim', `${key} is not set`)) : []
      return [...lines, ...rest].join('\n') || 'nothing is set; cpm config list --all shows what can be'
    },
  },
})
