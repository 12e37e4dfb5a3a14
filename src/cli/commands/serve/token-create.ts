import { z } from 'zod'
import { Line } from '../../../schema/text.ts'
import { NamePattern, TokenScope } from '../../../schema/token.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'
import { root, registryWithTokens } from '../../../operations/registries/served-registry.ts'

export default defineCommand({
  input: z.object({
    name: Line.max(128).default('').meta({ description: 'a name to show in lists', value: 'text' }),
    scope: z
      .array(TokenScope)
      .default([])
      .meta({ description: 'read, publish, yank or owner (default: read and publish)', value: 'scope' }),
    packages: z
      .array(NamePattern)
      .default([])
      .meta({ description: 'packages it applies to, such as tools or @acme/* (default: all)', value: 'pattern' }),
    expires: z.coerce
      .number()
      .int()
      .min(1)
      .max(365)
      .default(30)
      .meta({ description: 'days until it expires, at most 365 (default: 30)', value: 'days' }),
    root,
    lockTimeout,
  }),
  examples: [
    [
      'Create a token for a pipeline that publishes one scope',
      "cpm serve token create --name ci --scope publish --packages '@acme/*'",
    ],
  ],
  run: async (session, { name, scope, packages, expires, root, ...flags }) => {
    const { Tokens } = await import('../../../../server/services/tokens.ts')
    const { emit, now } = session
    const timeout = session.lockTimeout(await session.config(), flags.lockTimeout)
    const tokens = new Tokens({ root: await registryWithTokens(session, root), lockTimeout: timeout, emit, now })
    const { token, summary } = await tokens.create({
      name,
      scopes: scope.length > 0 ? [...new Set(scope)] : ['read', 'publish'],
      packages: packages.length > 0 ? packages : [NamePattern.parse('*')],
      days: expires,
    })
    return { token, ...summary }
  },
  views: {
    human: ({ token, id, expiresAt }, style) =>
      `${token}\n${style('dim', `token ${id}, expires ${expiresAt.slice(0, 10)}; it is not shown again`)}`,
  },
})
