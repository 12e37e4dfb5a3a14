import { z } from 'zod'
import { listKeys } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['List key ids, oldest first; the first one signs', 'cpm key list']],
  run: listKeys,
  views: {
    human: ({ keys }, style) =>
      keys.length === 0
        ? 'no keys: the first cpm publish creates one, or cpm key generate'
        : keys.map(({ id, createdAt }) => `${id} ${style('dim', createdAt)}`).join('\n'),
  },
})
