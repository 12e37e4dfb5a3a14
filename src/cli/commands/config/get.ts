import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { getSetting } from '../../../operations/settings.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({ key: z.string().meta({ description: 'a setting, or a section', value: 'key' }) }),
  positionals: ['key'],
  examples: [
    ['Show the default registry', 'cpm config get registry.default'],
    ['Show all settings of the network', 'cpm config get network'],
  ],
  run: (session, input) => getSetting(session, input),
  exit: ({ settings }) => (settings.length === 0 ? 'failed' : 'ok'),
  views: {
    human: ({ key, settings }) =>
      settings
        .map((setting) => {
          const text = typeof setting.value === 'string' ? oneLine(setting.value) : JSON.stringify(setting.value)
          return setting.key === key ? text : `${setting.key} = ${text}`
        })
        .join('\n'),
  },
})
