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
  run: async (session, { root: asked, upstream: url, upstreamPackages, ...options }) => {
    const { emit, pool, now, cpmVersion, signal } = session
    // Checks the options before creating a registry.
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
    // A signal is the normal way to stop serving, not a failure.
    await untilAborted(signal)
    emit({ type: 'draining' })
    const { cut } = await server.stop()
    return { registry: server.config.id, url: server.url, cut }
  },
  views: {
    human: ({ cut }) => (cut === 0 ? 'stopped' : `stopped; ${cut} requests took too long and were aborted`),
  },
})

/** Opens the upstream registry. The user named its URL, so its saved token or CPM_TOKEN may be sent there. */
async function openUpstreamBlobs(session: Session, url: string, root: string) {
  const { openHttpBlobs } = await import('../../../registry-client/http-registry.ts')
  const settings = await session.config()
  const staging = new StagingArea(path.join(root, '.upstream', '.downloads'))
  staging.sweep()
  const blobs = openHttpBlobs(url, {
    // Clients retry too, and nested retries would only multiply the waiting.
    network: { retries: 1, ...settings.network },
    credentials: path.join(session.home(settings).root, 'credentials.json'),
    env: session.env,
    trusted: true,
    insecure: false,
    // Requests here are made on behalf of strangers.
    redirects: 'public only',
    staging,
    cpmVersion: session.cpmVersion,
    // Stopping must not abort upstream requests that current clients still need.
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
  message: 'other machines can reach this registry over plain http, which exposes tokens on the network',
  hint: 'put an https proxy in front of it (docs/serve.md)',
} as const

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
