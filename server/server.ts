import fs from 'node:fs'
import type http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Emit } from '../src/schema/events.ts'
import type { PackageName } from '../src/schema/name.ts'
import type { RegistryConfig } from '../src/schema/registry-config.ts'
import { isThere } from '../src/core/atomic-file.ts'
import { systemCode } from '../src/core/errors.ts'
import { listenError } from '../src/core/listen.ts'
import type { RunningServer, ServerOptions, Upstream } from '../src/core/server-ports.ts'
import { recoverPublications } from '../src/registry/change.ts'
import { openFolderRegistry } from '../src/registry/folder-registry.ts'
import { CONFIG_KEY } from '../src/registry/layout.ts'
import { createApp } from './http/app.ts'
import { DRAIN_TIMEOUT, LOCK_TIMEOUT } from './http/limits.ts'
import { Files } from './services/files.ts'
import { LineFiles } from './services/line-files.ts'
import { Metrics } from './services/metrics.ts'
import { Packages } from './services/packages.ts'
import { Publishing } from './services/publishing.ts'
import { Resolving } from './services/resolving.ts'
import { ownSource, type NameSource, type NameRouter } from './services/name-router.ts'
import { isMirror, openUpstream } from './upstream/upstream.ts'
import type { UpstreamSource } from './upstream/upstream-source.ts'
import { Tokens } from './services/tokens.ts'

/** Starts serving a registry. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { root, pool, emit, now, readonly } = options
  const registry = await openFolderRegistry(root, { pool, lockTimeout: LOCK_TIMEOUT, emit, now })
  if (!readonly) await recoverPublications(root, { lockTimeout: LOCK_TIMEOUT, emit })
  const lines = new LineFiles()
  const upstream = options.upstream && (await openUpstream({ ...options.upstream, registry: root, lines, pool, emit }))
  const router = divideNames(ownSource(root), upstream, options.upstream)
  // A mirror is the other registry at a second address. It keeps the id, so lockfiles are valid for both.
  const isSame = options.upstream !== undefined && isMirror(options.upstream)
  const config: RegistryConfig = { ...(isSame && upstream ? upstream : registry).config, api: './' }
  const closedBecause = whyClosed(readonly, isSame)
  const tokens = new Tokens({ root, lockTimeout: LOCK_TIMEOUT, emit, now })
  // If the tokens can't be read, every request with a token would fail, so fail at startup instead.
  tokens.list()
  const files = new Files(router, lines)
  const packages = new Packages({ registry, router, files, pool, emit })
  const metrics = new Metrics()
  const started = performance.now()
  let isDraining = false
  const app = await createApp({
    services: {
      files,
      packages,
      publishing: new Publishing(registry, router),
      resolving: new Resolving({ resolveLock: options.resolveLock, config, router, packages }),
      metrics,
      status: {
        config,
        version: options.version,
        readonly: closedBecause !== undefined,
        uptimeSeconds: () => Math.round((performance.now() - started) / 1000),
        isDraining: () => isDraining,
        ...(upstream && {
          staleSince: (name: PackageName | undefined) =>
            name === undefined ? upstream.staleSince() : router.of(name).staleSince?.(name),
        }),
        isStorageReadable: () => isThere(path.join(root, CONFIG_KEY)) && router.all.every(canBeListed),
      },
    },
    tokens,
    root,
    private: options.private,
    closedBecause,
    cors: options.cors,
    emit,
  })
  const underWay = new UnderWay(app.server)
  const url = await listen(app, options)
  try {
    // A token is shown only once, so create it when nothing else can fail.
    if (closedBecause === undefined || options.private) await showFirstToken(tokens, emit)
  } catch (error) {
    await app.close()
    throw error
  }
  // The first request doesn't need it.
  void metrics.load()
  return {
    url,
    config,
    stop: async () => {
      isDraining = true
      const drained = await drain(app, underWay)
      upstream?.close()
      return drained
    },
  }
}

/**
 * Assigns each name to one source. Its answer is final, even when the name is missing or the source can't be reached.
 */
function divideNames(own: NameSource, theirs: UpstreamSource | undefined, upstream: Upstream | undefined): NameRouter {
  if (!theirs || !upstream) return { of: () => own, all: [own] }
  if (isMirror(upstream)) return { of: () => theirs, all: [theirs] }
  return { of: (name) => (theirs.has(name) ? theirs : own), all: [own, theirs] }
}

/** Returns why the registry accepts no changes; undefined if it does. */
function whyClosed(readonly: boolean, isSame: boolean): string | undefined {
  if (readonly) return 'it was started with --readonly'
  return isSame ? 'it is a mirror; publish to the registry that it mirrors' : undefined
}

/** Returns whether the indexes of a source can be listed. A source without indexes has no folder for them yet. */
function canBeListed({ root }: NameSource): boolean {
  try {
    const folder = fs.opendirSync(path.join(root, 'index'))
    folder.readSync()
    folder.closeSync()
    return true
  } catch (error) {
    return systemCode(error) === 'ENOENT'
  }
}

/** Creates the first token of a registry. A public registry that accepts no changes needs none. */
async function showFirstToken(tokens: Tokens, emit: Emit): Promise<void> {
  const made = await tokens.createFirst()
  if (made) emit({ type: 'token-created', id: made.summary.id, token: made.token, expiresAt: made.summary.expiresAt })
}

async function listen(app: FastifyInstance, options: ServerOptions): Promise<string> {
  try {
    await app.ready()
    const { host, port } = options
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject).listen({ host, port }, resolve)
    })
    app.server.on('error', () => undefined)
  } catch (error) {
    throw listenError(error, options)
  }
  const address = app.server.address() as net.AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${shown}:${address.port}`
}

/**
 * Stops the server with as little disruption as possible. It accepts no new connections; open ones may still send
 * requests, and learn that the server is not ready, until no request is running; then all connections are closed.
 * @returns how many connections were cut because they took too long
 */
async function drain({ server }: FastifyInstance, underWay: UnderWay): Promise<{ cut: number }> {
  let cut = 0
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  // http.Server's own close() would close idle connections at once, just when a client may be about to use one.
  net.Server.prototype.close.call(server)
  const deadline = setTimeout(() => {
    cut = underWay.count
    server.closeAllConnections()
  }, DRAIN_TIMEOUT)
  const closeIdle = setInterval(() => {
    if (underWay.count === 0) server.closeIdleConnections()
  }, 20)
  await closed
  clearTimeout(deadline)
  clearInterval(closeIdle)
  return { cut }
}

/** Counts the requests whose responses are not complete. */
class UnderWay {
  count = 0

  constructor(server: http.Server) {
    server.on('request', (_request, response) => {
      this.count++
      response.once('close', () => this.count--)
    })
  }
}
