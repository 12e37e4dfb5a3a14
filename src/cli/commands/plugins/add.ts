import { z } from 'zod'
import { addPlugin } from '../../../operations/plugins/add-plugin.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { registry } from '../../shell/options.ts'
import { reservedWords } from '../../shell/reserved-words.ts'
import { addedText } from '../../views/plugins.ts'

export default defineCommand({
  input: z.object({
    plugin: z.string().meta({ description: 'a file, a folder, or a package as name@range', value: 'plugin' }),
    yes: z.boolean().default(false).meta({ description: 'approve what the plugin may do without asking', short: 'y' }),
    registry,
  }),
  positionals: ['plugin'],
  examples: [
    ['Add a plugin from a file', 'cpm plugins add ./license-policy.mjs'],
    ['Add a plugin from a package', 'cpm plugins add @acme/license-policy@^1.0.0'],
  ],
  run: (session, input) => addPlugin(session, { ...input, reserved: reservedWords() }),
  views: { human: addedText },
})
