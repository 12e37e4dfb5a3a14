import { z } from 'zod'
import { folderNotice } from '../../../operations/registries/account.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { logout } from '../../../operations/registries/logout.ts'

export default defineCommand({
  input: z.object({ registry, lockTimeout }),
  positionals: ['registry'],
  examples: [['Forget a token', 'cpm logout https://packages.example.org/']],
  run: logout,
  views: {
    human: ({ place, isServer, removed }) => {
      if (!isServer) return folderNotice(place)
      return removed
        ? `the token for ${place} is forgotten here; it stays valid until it expires or its registry revokes it`
        : `no token was kept for ${place}`
    },
  },
})
