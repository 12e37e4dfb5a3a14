import { z } from 'zod'
import { KeyId } from '../../../schema/digest.ts'
import { distrustKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    key: KeyId.describe('the public key'),
    undo: z.boolean().default(false).describe('end the distrust of the key'),
  }),
  positionals: ['key'],
  examples: [
    ['Reject a stolen key', 'cpm key distrust <key>'],
    ['Accept its signatures again', 'cpm key distrust <key> --undo'],
  ],
  run: distrustKey,
  views: {
    human: ({ key, distrusted }) =>
      distrusted ? `packages signed by ${key} are now rejected` : `${key} is no longer distrusted`,
  },
})
