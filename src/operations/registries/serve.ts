import path from 'node:path'
import { NamePattern } from '../../schema/token.ts'
import { untilAborted } from '../../core/concurrency.ts'
import { CpmError } from '../../core/errors.ts'
import { requireAddress } from '../../core/listen.ts'
import type { StartServer } from '../../core/server-ports.ts'
import { StagingArea } from '../../core/staging.ts'
import { parseRegistryUrl } from '../../registry-client/registry-url.ts'
import type { Session } from '../session.ts'
import { servedRegistry } from './served-registry.ts'

export interface ServeOptions {
  /** the folder of the registry; by default this machine's registry */
  root?: string | undefined
  host: string
  port: number
  /** accept no changes */
  readonly: boolean
  /** require a token for reading */
  private: boolean
  /** web origins that may call the registry */
  cors: readonly string[]
  /** the URL of a registry whose packages are served too */
  upstream?: string | undefined
  /** the names that belong upstream; by default all */
  upstreamPackages: readonly NamePattern[]
}

export interface ServeResult {
  readonly registry: string
  readonly url: string
  /** how many requests were cut off because they took too long */
  readonly cut: number
}

/**
 * Serves a registry over HTTP until the session is aborted. Creates the registry if its folder is empty.
 * @param loadServer loads the server, which operations can't import
 * @throws CpmError USAGE, REGISTRY_INVALID
 */
export async function serve(
  session: Session,
  { root: asked, upstream: url, upstreamPackages, ...options }: ServeOptions,
  loadServer: () => Promise<StartServer>,
): Promise<ServeResult> {
  const { emit, pool, now, cpmVersion, signal } = session
  // Check the options before a registry is created for them.
  if (url === undefined && upstreamPackages.length > 0)
    throw new CpmError('USAGE', '--upstream-packages needs --upstream', { hint: 'cpm serve --help' })
  if (url !== undefined) parseRegistryUrl(url)
  await requireAddress({ host: options.host, port: options.port })
  const root = await servedRegistry(session, asked)
  const [startServer, { resolveLock }] = await Promise.all([loadServer(), import('./resolve-lock.ts')])
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
  // Interrupting a server is the normal way to stop it, so it is not an error here.
  await untilAborted(signal)
  emit({ type: 'draining' })
  const { cut } = await server.stop()
  return { registry: server.config.id, url: server.url, cut }
}

/** Opens the upstream registry. The user named its URL, so its saved token or CPM_TOKEN may be sent there. */
async function openUpstreamBlobs(session: Session, url: string, root: string) {
  const { openHttpBlobs } = await import('../../registry-client/http-registry.ts')
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
