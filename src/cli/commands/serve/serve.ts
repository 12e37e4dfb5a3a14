import { z } from 'zod'
import { NamePattern } from '../../../schema/token.ts'
import { serve } from '../../../operations/registries/serve.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { root } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    port: z.coerce
      .number()
      .int()
      .min(0)
      .max(65535)
      .default(7878)
      .meta({ description: 'the port to listen on; 0 for any free port (default: 7878)', value: 'port' }),
    host: z
      .string()
      .default('127.0.0.1')
      .meta({ description: 'the address to listen on (default: this machine only)', value: 'address' }),
    root,
    readonly: z.boolean().default(false).describe('accept no changes'),
    private: z.boolean().default(false).describe('require a token for reading'),
    upstream: z
      .string()
      .optional()
      .meta({ description: 'also serve packages of this registry, and keep proven copies', value: 'url' }),
    upstreamPackages: z
      .array(NamePattern)
      .default([])
      .meta({ description: 'names that belong only to the upstream registry (default: all)', value: 'pattern' }),
    cors: z
      .array(z.string().refine(isOrigin, 'must be an origin, such as https://host or https://host:port'))
      .default([])
      .meta({ description: 'allow web pages of this origin to call the registry', value: 'origin' }),
  }),
  examples: [
    ["Serve this machine's registry", 'cpm serve'],
    ['Mirror another registry on demand', 'cpm serve --upstream https://registry.example.org'],
    ['Serve a private registry behind an https proxy', 'cpm serve --root /srv/cpm --private'],
  ],
  run: (session, options) =>
    serve(session, options, async () => (await import('../../../../server/server.ts')).startServer),
  views: {
    human: ({ cut }) => (cut === 0 ? 'stopped' : `stopped; ${cut} requests took too long and were aborted`),
  },
})

function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
