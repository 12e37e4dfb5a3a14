import { z } from 'zod'
import { folderNotice } from '../../../operations/registries/account.ts'
import { renderToken } from '../../views/token.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { whoami } from '../../../operations/registries/whoami.ts'

export default defineCommand({
  input: z.object({ registry, lockTimeout }),
  positionals: ['registry'],
  examples: [['Check the token for the default registry', 'cpm whoami']],
  run: whoami,
  views: {
    human: ({ place, isServer, token }, style) => {
      if (!isServer) return folderNotice(place)
      return token === null
        ? `${place} has only static files, and can't say what a token allows`
        : `${place}\n${renderToken(token, style)}`
    },
  },
})
