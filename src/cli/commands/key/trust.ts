import { z } from 'zod'
import { KeyId } from '../../../schema/digest.ts'
import { NamePattern } from '../../../schema/token.ts'
import { trustKey } from '../../../installer/trust-file.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    key: KeyId.describe('the public key, as you know it from its holder'),
    for: NamePattern.meta({ description: 'a package, or a pattern such as @acme/*', value: 'name' }),
  }),
  positionals: ['key'],
  examples: [['After its owners told you of the change', 'cpm key trust <key> --for thumbnails']],
  run: async (context, { key, for: packages }) => {
    const { trust } = context.home(await context.config())
    trustKey(trust, key, packages, context.now())
    return { key, packages, file: trust }
  },
  views: { human: ({ key, packages }) => `${key} may own ${packages} from now on` },
})
