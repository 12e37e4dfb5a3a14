import { z } from 'zod'
import { disablePlugin } from '../../../operations/plugins/change-plugins.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({ name: z.string().meta({ description: 'the plugin', value: 'name' }) }),
  positionals: ['name'],
  examples: [['Turn a plugin off', 'cpm plugins disable license-policy']],
  run: disablePlugin,
  views: { human: ({ name, changed }) => (changed ? `disabled ${name}` : `${name} is disabled already`) },
})
