import { z } from 'zod'
import { forgetToken } from '../../../registry-client/credentials.ts'
import { folderNotice, withAccount } from '../../../operations/registries/account.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ registry, lockTimeout }),
  positionals: ['registry'],
  examples: [['Forget a token', 'cpm logout https://packages.example.org/']],
  run: (context, flags) =>
    withAccount(context, flags, async ({ url, place, file, lockTimeout }) => {
      if (!url) return { place, isServer: false, removed: false }
      return { place, isServer: true, removed: await forgetToken(file, url, { lockTimeout, emit: context.emit }) }
    }),
  views: {
    human: ({ place, isServer, removed }) => {
      if (!isServer) return folderNotice(place)
      return removed
        ? `the token for ${place} is forgotten here; it stays valid until it expires or its registry revokes it`
        : `no token was kept for ${place}`
    },
  },
})
