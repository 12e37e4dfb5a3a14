import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'
import { root, registryWithTokens } from '../../../operations/registries/served-registry.ts'

export default defineCommand({
  input: z.object({
    id: z.string().describe('the id of the token, from `cpm serve token list`'),
    root,
    lockTimeout,
  }),
  positionals: ['id'],
  examples: [['Revoke a token at once, even on a running server', 'cpm serve token revoke 0123456789ab']],
  run: async (session, { id, root, ...flags }) => {
    const { Tokens } = await import('../../../../server/services/tokens.ts')
    const { emit, now } = session
    const timeout = session.lockTimeout(await session.config(), flags.lockTimeout)
    const tokens = new Tokens({ root: await registryWithTokens(session, root), lockTimeout: timeout, emit, now })
    return await tokens.revoke(id)
  },
  views: { human: ({ id }) => `token ${id} is revoked` },
})
