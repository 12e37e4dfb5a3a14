import { z } from 'zod'
import { folderNotice } from '../../../operations/registries/account.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { logout } from '../../../operations/registries/logout.ts'

export default defineCommand({
  input: z.object({ registry, lockTimeout }),
  positionals: ['registry'],
  examples: [['Remove the token for a registry', 'cpm logout https://packages.example.org/']],
  run: logout,
  views: {
    human: ({ place, isServer, removed }) => {
      if (!isServer) return folderNotice(place)
      return removed
        ? `removed the token for ${place}; it stays valid until it expires or the registry revokes it`
        : `there is no saved token for ${place}`
    },
  },
})
