import { z } from 'zod'
import { revokeToken } from '../../../operations/registries/tokens.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, root } from '../../shell/options.ts'
import { loadTokenStore } from './load-token-store.ts'

export default defineCommand({
  input: z.object({
    id: z.string().describe('the id of the token, from `cpm serve token list`'),
    root,
    lockTimeout,
  }),
  positionals: ['id'],
  examples: [['Revoke a token at once, even on a running server', 'cpm serve token revoke 0123456789ab']],
  run: (session, options) => revokeToken(session, options, loadTokenStore),
  views: { human: ({ id }) => `token ${id} is revoked` },
})
