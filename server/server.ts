import fs from 'node:fs'
import type http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Emit } from '../src/schema/events.ts'
import type { PackageName } from '../src/schema/name.ts'
import type { RegistryConfig } from '../src/schema/registry-config.ts'
import { isThere } from '../src/core/atomic-file.ts'
import { CpmError, systemCode } from '../src/core/errors.ts'
import type { Pool } from '../src/core/pool.ts'
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
import { type ResolveLock, Resolving } from './services/resolving.ts'
import { ownSource, type NameSource, type NameRouter } from './services/name-router.ts'
import { isMirror, openUpstream } from './upstream/upstream.ts'
import type { Upstream, UpstreamSource } from './upstream/upstream-source.ts'
import { Tokens } from './services/tokens.ts'

export interface ServerOptions {
  /** the folder of a registry that is there */
  root: string
  host: string
  port: number
  readonly: boolean
  /** reading needs a token */
  private: boolean
  cors: readonly string[]
  resolveLock: ResolveLock
  /** another registry, some or all of whose names are served from here */
  upstream?: Upstream | undefined
  pool: Pool
  emit: Emit
  now: () => Date
  version: string
}

export interface RunningServer {
  readonly url: string
  readonly config: RegistryConfig
  /** Lets requests under way finish, for so long, and takes no new ones. */
  stop(): Promise<{ cut: number }>
}

/** Starts serving a registry. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { root, pool, emit, now, readonly } = options
  const registry = await openFolderRegistry(root, { pool, lockTimeout: LOCK_TIMEOUT, emit, now })
  if (!readonly) await recoverPublications(root, { lockTimeout: LOCK_TIMEOUT, emit })
  const lines = new LineFiles()
  const upstream = options.upstream && (await openUpstream({ ...options.upstream, registry: root, lines, pool, emit }))
  const router = divideNames(ownSource(root), upstream, options.upstream)
  // A mirror is the other registry at a second address, and says so: what was locked there holds here.
  const isSame = options.upstream !== undefined && isMirror(options.upstream)
  const config: RegistryConfig = { ...(isSame && upstream ? upstream : registry).config, api: './' }
  const closedBecause = whyClosed(readonly, isSame)
  const tokens = new Tokens({ root, lockTimeout: LOCK_TIMEOUT, emit, now })
  // Tokens that can't be read would fail every request that sends one: who starts the server learns it first.
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
    // A token is shown once: not before everything else has gone well.
    if (closedBecause === undefined || options.private) await showFirstToken(tokens, emit)
  } catch (error) {
    await app.close()
    throw error
  }
  // Not needed to answer the first request.
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

/** A name belongs to one side. What that side answers is the answer, also where it is none. */
function divideNames(own: NameSource, theirs: UpstreamSource | undefined, upstream: Upstream | undefined): NameRouter {
  if (!theirs || !upstream) return { of: () => own, all: [own] }
  if (isMirror(upstream)) return { of: () => theirs, all: [theirs] }
  return { of: (name) => (theirs.has(name) ? theirs : own), all: [own, theirs] }
}

/** Why the registry takes no changes; undefined where it does. */
function whyClosed(readonly: boolean, isSame: boolean): string | undefined {
  if (readonly) return 'it was started with --readonly'
  return isSame ? 'it serves the packages of another one, which is where they are published' : undefined
}

/** Whether the indexes of a source can be found; one without any has no folder for them yet. */
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

/** Makes the token that a registry begins with. A registry that is only read, by anybody, needs none. */
async function showFirstToken(tokens: Tokens, emit: Emit): Promise<void> {
  const made = await tokens.createFirst()
  if (made) emit({ type: 'token-created', id: made.summary.id, token: made.token, expiresAt: made.summary.expiresAt })
}

const LISTEN_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'cpm serve --port 0',
  EACCES: 'cpm serve --port 7878',
  EADDRNOTAVAIL: 'name an address of this machine with --host, or 0.0.0.0 for all of them',
  ENOTFOUND: 'name an address of this machine with --host, or 0.0.0.0 for all of them',
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses that port (EADDRINUSE)',
  EACCES: 'the system does not permit that port (EACCES)',
  EADDRNOTAVAIL: 'this machine has no such address (EADDRNOTAVAIL)',
  ENOTFOUND: 'no such host is known (ENOTFOUND)',
  EMFILE: 'too many files are open (EMFILE)',
}

async function listen(app: FastifyInstance, { host, port }: ServerOptions): Promise<string> {
  try {
    await app.ready()
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject).listen({ host, port }, resolve)
    })
    app.server.on('error', () => undefined)
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new CpmError('USAGE', `can't listen on ${host} port ${port}: ${LISTEN_REASONS[code] ?? code}`, {
      hint: LISTEN_HINTS[code] ?? 'cpm serve --help',
      cause: error,
    })
  }
  const address = app.server.address() as net.AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${shown}:${address.port}`
}

/**
 * Stops in the order that costs clients least: no new connections; those that are open may still ask (and learn that the server is not ready)
 * until no request is under way; then all are closed. @returns how many connections were cut because they took too long
 */
async function drain({ server }: FastifyInstance, underWay: UnderWay): Promise<{ cut: number }> {
  let cut = 0
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  // The method of http.Server would close idle connections at once, in the face of whoever is about to use one.
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

/** Counts the requests that are not answered to their end. */
class UnderWay {
  count = 0

  constructor(server: http.Server) {
    server.on('request', (_request, response) => {
      this.count++
      response.once('close', () => this.count--)
    })
  }
}
