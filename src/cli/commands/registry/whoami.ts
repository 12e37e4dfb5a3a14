import { z } from 'zod'
import { folderNotice } from '../../../operations/registries/account.ts'
import { renderToken } from '../../views/token.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { whoami } from '../../../operations/registries/whoami.ts'

export default defineCommand({
  input: z.object({ registry, lockTimeout }),
  positionals: ['registry'],
  examples: [['What the token for the default registry may do', 'cpm whoami']],
  run: whoami,
  views: {
    human: ({ place, isServer, token }, style) => {
      if (!isServer) return folderNotice(place)
      return token === null
        ? `${place} is made of files alone and can't tell what a token may do`
        : `${place}\n${renderToken(token, style)}`
    },
  },
})
