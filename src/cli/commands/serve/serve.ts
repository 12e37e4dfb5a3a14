import path from 'node:path'
import { z } from 'zod'
import { NamePattern } from '../../../schema/token.ts'
import { untilAborted } from '../../../core/concurrency.ts'
import { CpmError } from '../../../core/errors.ts'
import { StagingArea } from '../../../core/staging.ts'
import { parseRegistryUrl } from '../../../registry-client/registry-url.ts'
import type { Session } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { root, servedRegistry } from '../../../operations/registries/served-registry.ts'

export default defineCommand({
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
    upstream: z
      .string()
      .optional()
      .meta({ description: 'serve packages of this registry too, and keep proven copies of them', value: 'url' }),
    upstreamPackages: z
      .array(NamePattern)
      .default([])
      .meta({ description: 'names that belong upstream, and only there (default: all)', value: 'pattern' }),
    cors: z
      .array(z.string().refine(isOrigin, 'an origin is written https://host or https://host:port'))
      .default([])
      .meta({ description: 'let pages of this origin call the registry', value: 'origin' }),
  }),
  examples: [
    ["Serve this machine's own registry", 'cpm serve'],
    ['A copy of another registry that fills itself', 'cpm serve --upstream https://registry.example.org'],
    ['A registry for a team, behind a proxy that speaks https', 'cpm serve --root /srv/cpm --private'],
  ],
  run: async (session, { root: asked, upstream: url, upstreamPackages, ...options }) => {
    const { emit, pool, now, cpmVersion, signal } = session
    // What is wrong with the command is told before a registry is made for it.
    if (url === undefined && upstreamPackages.length > 0)
      throw new CpmError('USAGE', '--upstream-packages needs --upstream', { hint: 'cpm serve --help' })
    if (url !== undefined) parseRegistryUrl(url)
    const root = await servedRegistry(session, asked)
    const [{ startServer }, { resolveLock }] = await Promise.all([
      import('../../../../server/server.ts'),
      import('../../../operations/project/resolve-lock.ts'),
    ])
    const blobs = url === undefined ? undefined : await openUpstreamBlobs(session, url, root)
    const server = await startServer({
      ...options,
      root,
      upstream: blobs && {
        blobs,
        patterns: upstreamPackages.length > 0 ? upstreamPackages : [NamePattern.parse('*')],
      },
      resolveLock: (manifest, lock, source, bounds) => resolveLock(session, manifest, lock, source, bounds),
      pool,
      emit,
      now,
      version: cpmVersion,
    })
    if (!isLoopback(options.host)) emit(OPEN_TO_OTHERS)
    emit({ type: 'listening', url: server.url, registry: server.config.id, name: server.config.name })
    // To be told to stop is how serving ends well: a signal is no failure here.
    await untilAborted(signal)
    emit({ type: 'draining' })
    const { cut } = await server.stop()
    return { registry: server.config.id, url: server.url, cut }
  },
  views: {
    human: ({ cut }) => (cut === 0 ? 'stopped' : `stopped; ${cut} requests took too long and were cut off`),
  },
})

/** A URL is what the user named: the token kept for it, or CPM_TOKEN, may be sent there. */
async function openUpstreamBlobs(session: Session, url: string, root: string) {
  const { openHttpBlobs } = await import('../../../registry-client/http-registry.ts')
  const settings = await session.config()
  const staging = new StagingArea(path.join(root, '.upstream', '.downloads'))
  staging.sweep()
  const blobs = openHttpBlobs(url, {
    // Whoever asks here tries again as well: waits that multiply would help nobody.
    network: { retries: 1, ...settings.network },
    credentials: path.join(session.home(settings).root, 'credentials.json'),
    env: session.env,
    trusted: true,
    insecure: false,
    // What is fetched here is fetched for strangers.
    redirects: 'public only',
    staging,
    cpmVersion: session.cpmVersion,
    // To be told to stop does not break off what requests under way still ask for.
    signal: new AbortController().signal,
  })
  session.atEnd(async () => {
    await blobs.close()
    staging.removeOwn()
  })
  return blobs
}

const OPEN_TO_OTHERS = {
  type: 'warning',
  code: 'PLAIN_HTTP',
  message: 'other machines can reach this registry over plain http, where tokens can be read on their way',
  hint: 'put a proxy with https in front of it (docs/serve.md)',
} as const

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
