import { z } from 'zod'
import { Line } from '../../../schema/text.ts'
import { NamePattern, TokenScope } from '../../../schema/token.ts'
import { createToken } from '../../../operations/registries/tokens.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, root } from '../../shell/options.ts'
import { loadTokenStore } from './load-token-store.ts'

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
  run: (session, options) => createToken(session, options, loadTokenStore),
  views: {
    human: ({ token, id, expiresAt }, style) =>
      `${token}\n${style('dim', `token ${id}, expires ${expiresAt.slice(0, 10)}; it is not shown again`)}`,
  },
})
