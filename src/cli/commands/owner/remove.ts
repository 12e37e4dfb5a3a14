import { z } from 'zod'
import { KeyId } from '../../../schema/digest.ts'
import { PackageName } from '../../../schema/name.ts'
import { removeOwners } from '../../../operations/registries/change-owners.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { key, lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    name: PackageName.describe('the package'),
    keys: z.array(KeyId).min(1).meta({ description: 'public keys', value: 'key' }),
    key,
    registry,
    lockTimeout,
  }),
  positionals: ['name', 'keys'],
  examples: [['Remove a key; its releases stay valid', 'cpm owner remove thumbnails <key>']],
  run: removeOwners,
  views: {
    human: ({ name, owners, changed }) => `${changed ? '' : 'no change: '}${name} belongs to ${owners.join(', ')}`,
  },
})
