import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { CpmError } from '../../../core/errors.ts'
import { readOwnersChain } from '../../../package/owners.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { withRegistries } from '../../../operations/registries/registries.ts'

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package'), registry, lockTimeout }),
  positionals: ['name'],
  examples: [['Each link of the chain is checked', 'cpm owner list thumbnails']],
  run: (context, { name, ...flags }) =>
    withRegistries(context, flags, async (registries) => {
      const registry = await registries.of(name)
      const text = await registry.owners(name)
      if (text === undefined)
        throw new CpmError('PACKAGE_NOT_FOUND', `the registry ${registry.label} has no ${name}`, {
          hint: 'cpm search',
          details: { name },
        })
      const chain = readOwnersChain(name, text)
      const records = chain.map(({ number, keys, signedBy }) => ({ number, keys, signedBy }))
      return { registry: registry.id, place: registry.label, name, owners: chain.at(-1)?.keys ?? [], records }
    }),
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
