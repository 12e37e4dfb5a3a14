import { z } from 'zod'
import { generateKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Create a key and show its id', 'cpm key generate']],
  run: generateKey,
  views: {
    human: ({ id, file }) =>
      `${id}\nsaved in ${file}; back it up: only its holder can publish new versions of its packages`,
  },
})
