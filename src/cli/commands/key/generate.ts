import { z } from 'zod'
import { generateKey } from '../../../package/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Make a key and see its id', 'cpm key generate']],
  run: async (context) => generateKey(context.home(await context.config()).keys, context.now()),
  views: {
    human: ({ id, file }) =>
      `${id}\nkept in ${file}; back it up: only its holder can publish new versions of its packages`,
  },
})
