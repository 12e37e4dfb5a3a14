import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { listTokens } from '../../../operations/registries/tokens.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { root } from '../../shell/options.ts'
import { loadTokenStore } from './load-token-store.ts'

export default defineCommand({
  input: z.object({ root }),
  examples: [['See what each token allows, and when it expires', 'cpm serve token list']],
  run: (session, options) => listTokens(session, options, loadTokenStore),
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
