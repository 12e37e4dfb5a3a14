import { z } from 'zod'
import type { Context } from '../context.ts'
import { defineCommand } from '../define-command.ts'
import { root, servedRegistry } from '../served-registry.ts'

export default defineCommand({
  name: 'serve',
  summary: 'Serve a registry over HTTP',
  input: z.object({
    port: z.coerce
      .number()
      .int()
      .min(0)
      .max(65535)
      .default(7878)
      .meta({ description: 'the port to listen on; 0 for any that is free (default: 7878)', value: 'port' }),
    host: z
      .string()
      .default('127.0.0.1')
      .meta({ description: 'the address to listen on (default: this machine only)', value: 'address' }),
    root,
    readonly: z.boolean().default(false).describe('take no changes'),
    private: z.boolean().default(false).describe('let nobody read without a token'),
    cors: z
      .array(z.string().refine(isOrigin, 'an origin is written https://host or https://host:port'))
      .default([])
      .meta({ description: 'let pages of this origin call the registry', value: 'origin' }),
  }),
  examples: [
    ['Serve this machine’s own registry', 'cpm serve'],
    ['A registry for a team, behind a proxy that speaks https', 'cpm serve --root /srv/cpm --private'],
  ],
  run: async (context, { root: asked, ...options }) => {
    const { emit, pool, now, cpmVersion, signal } = context
    const root = await servedRegistry(context, asked)
    const [{ startServer, firstToken }, { resolveLock }] = await Promise.all([
      import('../../../server/server.ts'),
      import('../resolve-lock.ts'),
    ])
    await firstToken(root, { ...options, emit, now })
    const server = await startServer({
      ...options,
      root,
      resolveLock: (manifest, lock, source) => resolveLock(context, manifest, lock, source),
      pool,
      emit,
      now,
      version: cpmVersion,
    })
    if (!isLoopback(options.host)) emit(OPEN_TO_OTHERS)
    emit({ type: 'listening', url: server.url, registry: server.config.id, name: server.config.name })
    await toldToStop(signal)
    emit({ type: 'draining' })
    const { cut } = await server.stop()
    return { registry: server.config.id, url: server.url, cut }
  },
  views: {
    human: ({ cut }) => (cut === 0 ? 'stopped' : `stopped; ${cut} requests took too long and were cut off`),
  },
})

const OPEN_TO_OTHERS = {
  type: 'warning',
  code: 'PLAIN_HTTP',
  message: 'other machines can reach this registry over plain http, where tokens can be read on their way',
  hint: 'put a proxy with https in front of it (docs/serve.md)',
} as const

/** To be told to stop is how serving ends well: a signal is no failure here. */
async function toldToStop(signal: Context['signal']): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
}
