import { z } from 'zod'
import { removePlugin } from '../../../operations/plugins/change-plugins.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({ name: z.string().meta({ description: 'the plugin', value: 'name' }) }),
  positionals: ['name'],
  examples: [['Remove a plugin and its settings', 'cpm plugins remove license-policy']],
  run: removePlugin,
  views: { human: ({ name }, style) => `${style('red', '-')} ${name}` },
})
