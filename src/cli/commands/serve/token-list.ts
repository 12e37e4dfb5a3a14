import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { registryWithTokens, root } from '../../../operations/registries/served-registry.ts'

export default defineCommand({
  input: z.object({ root }),
  examples: [['See what each token allows, and when it expires', 'cpm serve token list']],
  run: async (session, { root }) => {
    const { Tokens } = await import('../../../../server/services/tokens.ts')
    const { emit, now } = session
    const tokens = new Tokens({ root: await registryWithTokens(session, root), lockTimeout: 0, emit, now })
    return { now: now().toISOString(), tokens: tokens.list() }
  },
  views: {
    human: ({ tokens, now }, style) =>
      tokens.length === 0
        ? 'no tokens, so nobody can change anything; cpm serve token create creates one'
        : tokens
            .map(({ id, name, scopes, packages, expiresAt }) => {
              const until = expiresAt < now ? style('red', 'expired') : `expires ${expiresAt.slice(0, 10)}`
              return `${id}  ${scopes.join(',')}  ${packages.join(' ')}  ${until}  ${style('dim', oneLine(name))}`.trimEnd()
            })
            .join('\n'),
  },
})
