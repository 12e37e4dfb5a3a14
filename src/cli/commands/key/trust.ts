import { z } from 'zod'
import { KeyId } from '../../../schema/digest.ts'
import { NamePattern } from '../../../schema/token.ts'
import { trustKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    key: KeyId.describe('the public key, as you know it from its holder'),
    for: NamePattern.meta({ description: 'a package, or a pattern such as @acme/*', value: 'name' }),
  }),
  positionals: ['key'],
  examples: [['After its owners told you of the change', 'cpm key trust <key> --for thumbnails']],
  run: trustKey,
  views: { human: ({ key, packages }) => `${key} may own ${packages} from now on` },
})
