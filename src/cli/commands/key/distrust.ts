import { z } from 'zod'
import { KeyId } from '../../../schema/digest.ts'
import { distrustKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({ key: KeyId.describe('the public key') }),
  positionals: ['key'],
  examples: [['Reject a stolen key', 'cpm key distrust <key>']],
  run: distrustKey,
  views: { human: ({ key }) => `packages signed by ${key} are now rejected` },
})
