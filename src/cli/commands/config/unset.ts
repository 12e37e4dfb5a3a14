import { z } from 'zod'
import { setSetting } from '../../../operations/settings.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ key: z.string().meta({ description: 'the setting, or a section', value: 'key' }), lockTimeout }),
  positionals: ['key'],
  examples: [['Go back to the default', 'cpm config unset install.mode']],
  run: (session, input) => setSetting(session, { ...input, value: undefined }),
  views: {
    human: ({ key, file, changed }) => (changed ? `removed ${key} from ${file}` : `${key} is not set in ${file}`),
  },
})
