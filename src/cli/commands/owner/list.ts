import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { listOwners } from '../../../operations/registries/list-owners.ts'

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package'), registry, lockTimeout }),
  positionals: ['name'],
  examples: [['List the owners, and check their signatures', 'cpm owner list thumbnails']],
  run: listOwners,
  views: {
    human: ({ owners, records }, style) =>
      [
        ...owners,
        ...(records.length > 1
          ? records.map(({ number, keys, signedBy }) =>
              style('dim', `${number}. ${keys.join(', ')}  signed by ${signedBy}`),
            )
          : []),
      ].join('\n'),
  },
})
