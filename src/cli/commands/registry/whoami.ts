import { z } from 'zod'
import { folderNotice, withAccount } from '../../../operations/registries/account.ts'
import { renderToken } from '../../views/token.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ registry, lockTimeout }),
  positionals: ['registry'],
  examples: [['What the token for the default registry may do', 'cpm whoami']],
  run: (context, flags) =>
    withAccount(context, flags, async ({ url, place, registries }) => {
      if (!url) return { place, isServer: false, registry: null, token: null }
      const opened = await registries.default()
      const answer = await opened.whoami?.()
      return { place, isServer: true, registry: opened.id, token: answer?.token ?? null }
    }),
  views: {
    human: ({ place, isServer, token }, style) => {
      if (!isServer) return folderNotice(place)
      return token === null
        ? `${place} is made of files alone and can’t tell what a token may do`
        : `${place}\n${renderToken(token, style)}`
    },
  },
})
