import { z } from 'zod'
import { enablePlugin } from '../../../operations/plugins/change-plugins.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { reservedWords } from '../../shell/reserved-words.ts'

export default defineCommand({
  input: z.object({
    name: z.string().meta({ description: 'the plugin', value: 'name' }),
    yes: z.boolean().default(false).meta({ description: 'approve what the plugin may do without asking', short: 'y' }),
  }),
  positionals: ['name'],
  examples: [['Approve a plugin that changed, or turn it on again', 'cpm plugins enable license-policy']],
  run: (session, input) => enablePlugin(session, { ...input, reserved: reservedWords() }),
  views: {
    human: ({ name, version, changed }) =>
      changed ? `enabled ${name} ${version}` : `${name} ${version} is enabled already`,
  },
})
