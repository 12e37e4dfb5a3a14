import { z } from 'zod'
import { listKeys } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Ids, oldest first; the first one signs', 'cpm key list']],
  run: listKeys,
  views: {
    human: ({ keys }, style) =>
      keys.length === 0
        ? 'no keys: one is made when you publish for the first time, or by cpm key generate'
        : keys.map(({ id, createdAt }) => `${id} ${style('dim', createdAt)}`).join('\n'),
  },
})
