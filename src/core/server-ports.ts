import type { Emit } from '../schema/events.ts'
import type { ReleaseId } from '../schema/documents.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryConfig } from '../schema/registry-config.ts'
import type { NamePattern, TokenScope, TokenSummary } from '../schema/token.ts'
import type { Pool } from './pool.ts'
import type { ArtifactSource, Blobs, PackageSource } from './ports.ts'

/** A lock that a server made for a client. */
export interface ResolvedLock {
  /** the text of colony.lock */
  readonly lock: string
  /** the locked releases from this registry */
  readonly releases: readonly ReleaseId[]
  readonly omitted: Readonly<Record<PackageName, string>>
}

export interface ResolveBounds {
  /** aborts when nobody waits for the result any more */
  readonly signal: AbortSignal
  /** how many dependencies and overrides the manifest may have */
  readonly requirements: number
  /** how many steps the solver may take */
  readonly steps: number
}

/** Makes a lock for a manifest. The server gets it as an option, because it can't import the installer. */
export type ResolveLock = (
  manifest: string,
  lock: string | null,
  source: PackageSource & ArtifactSource,
  bounds: ResolveBounds,
) => Promise<ResolvedLock>

/** Another registry, some or all of whose packages a server serves. */
export interface Upstream {
  /** the files of the upstream registry */
  blobs: Blobs
  /** the names that are served from there and nowhere else */
  patterns: readonly NamePattern[]
}

export interface ServerOptions {
  /** the folder of an existing registry */
  root: string
  host: string
  port: number
  readonly: boolean
  /** whether reading needs a token */
  private: boolean
  /** web origins that may call the registry */
  cors: readonly string[]
  resolveLock: ResolveLock
  upstream?: Upstream | undefined
  pool: Pool
  emit: Emit
  now: () => Date
  version: string
}

export interface RunningServer {
  readonly url: string
  readonly config: RegistryConfig
  /** Stops accepting requests and lets running ones finish. @returns how many connections were cut */
  stop(): Promise<{ cut: number }>
}

/** Starts serving a registry. Operations get it as a parameter, because they can't import the server. */
export type StartServer = (options: ServerOptions) => Promise<RunningServer>

export interface NewToken {
  name: string
  scopes: readonly TokenScope[]
  packages: readonly NamePattern[]
  days: number
}

/** The tokens of a served registry. */
export interface TokenStore {
  create(wanted: NewToken): Promise<{ token: string; summary: TokenSummary }>
  /** Lists all tokens, including expired ones, oldest first. */
  list(): TokenSummary[]
  /** @throws CpmError USAGE if there is no such token */
  revoke(id: string): Promise<TokenSummary>
}

export interface TokenStoreOptions {
  /** the registry's folder */
  root: string
  lockTimeout: number
  emit: Emit
  now: () => Date
}

/** Opens the tokens of a registry. Operations get it as a parameter, because they can't import the server. */
export type OpenTokenStore = (options: TokenStoreOptions) => TokenStore
