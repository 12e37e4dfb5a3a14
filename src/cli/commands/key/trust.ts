import { z } from 'zod'
import { KeyId } from '../../../schema/digest.ts'
import { NamePattern } from '../../../schema/token.ts'
import { trustKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    key: KeyId.describe('the public key, confirmed by its holder'),
    for: NamePattern.meta({ description: 'a package, or a pattern such as @acme/*', value: 'name' }),
  }),
  positionals: ['key'],
  examples: [["Accept a new key that the package's owners confirmed", 'cpm key trust <key> --for thumbnails']],
  run: trustKey,
  views: { human: ({ key, packages }) => `${key} is now trusted as an owner of ${packages}` },
})
