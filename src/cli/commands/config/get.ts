import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { getSetting } from '../../../operations/settings.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    key: z.string().meta({ description: 'a setting, or a section', value: 'key' }),
    origin: z.boolean().default(false).describe('show where each value comes from'),
  }),
  positionals: ['key'],
  examples: [
    ['Show the default registry', 'cpm config get registry.default'],
    ['Show all settings of the network', 'cpm config get network'],
    ['Show where a value comes from', 'cpm config get registry.default --origin'],
  ],
  run: async (session, { key, origin }) => ({ ...(await getSetting(session, { key })), origin }),
  exit: ({ settings }) => (settings.length === 0 ? 'failed' : 'ok'),
  views: {
    human: ({ key, settings, origin }, style) =>
      settings
        .map((setting) => {
          const text = typeof setting.value === 'string' ? oneLine(setting.value) : JSON.stringify(setting.value)
          const note = origin ? style('dim', ` (${setting.place})`) : ''
          return `${setting.key === key ? text : `${setting.key} = ${text}`}${note}`
        })
        .join('\n'),
  },
})
