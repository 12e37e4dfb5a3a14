import fs from 'node:fs'
import path from 'node:path'
import type {
  Evidence,
  PackageInfo,
  PackagePage,
  Published,
  Standing,
  StatusChange,
  VersionInfo,
  Whoami,
} from '../schema/documents.ts'
import type { Emit } from '../schema/events.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryConfig } from '../schema/registry-config.ts'
import { changeOwners } from '../schema/routes/owners.ts'
import { changeStanding, listPackages, type PackageQuery, readPackage, readVersion } from '../schema/routes/packages.ts'
import { MOST_PACKAGES_AT_ONCE, publishPackages, readEvidence } from '../schema/routes/publishing.ts'
import { whoami } from '../schema/routes/service.ts'
import { CpmError } from '../core/errors.ts'
import type { Blobs, Registry, Release, Upload } from '../core/ports.ts'
import type { StagingArea } from '../core/staging.ts'
import type { IndexMemory } from '../registry/index-memory.ts'
import { readRegistryConfig } from '../registry/registry-config.ts'
import { RegistryReader } from '../registry/registry-reader.ts'
import { Api } from './call.ts'
import { HttpBlobs } from './http-blobs.ts'
import { HttpClient, type HttpClientParts } from './http-client.ts'
import { multipart, type Part } from './multipart.ts'
import { misbehaved } from './network-error.ts'
import { isBelow, parseRegistryUrl } from './registry-url.ts'

export interface HttpBlobsParts extends HttpClientParts {
  /** where downloads and uploads are prepared */
  staging: StagingArea
}

export interface HttpRegistryParts extends HttpBlobsParts {
  memoryFor: (config: RegistryConfig) => IndexMemory
  emit: Emit
}

/** The static files of a registry at an http(s) URL, for who serves them again. */
export function openHttpBlobs(url: string, parts: HttpBlobsParts): Blobs & { close(): Promise<void> } {
  const client = new HttpClient(parseRegistryUrl(url), parts)
  const { maxConcurrentDownloads } = parts.network
  const blobs = new HttpBlobs(client, { staging: parts.staging, maxConcurrentDownloads })
  return Object.assign(blobs, { close: () => client.close() })
}

/** Opens the registry at an http(s) URL. @throws CpmError REGISTRY_INVALID, REGISTRY_UNREACHABLE and what any request can fail with */
export async function openHttpRegistry(url: string, parts: HttpRegistryParts): Promise<HttpRegistry> {
  const client = new HttpClient(parseRegistryUrl(url), parts)
  try {
    const { maxConcurrentDownloads } = parts.network
    const blobs = new HttpBlobs(client, { staging: parts.staging, maxConcurrentDownloads })
    const config = await readRegistryConfig(blobs)
    return new HttpRegistry(client, config, blobs, parts)
  } catch (error) {
    await client.close()
    throw error
  }
}

/** Publishing is proven by the server before it answers. */
const PUBLISH_TIMEOUT_FACTOR = 20

/** A registry over HTTP: its static files for reading, its API for the rest. */
export class HttpRegistry extends RegistryReader implements Registry {
  readonly label: string
  readonly #client: HttpClient
  readonly #parts: HttpRegistryParts
  readonly #api: Api | undefined

  constructor(client: HttpClient, config: RegistryConfig, blobs: Blobs, parts: HttpRegistryParts) {
    super(config, blobs, { memory: parts.memoryFor(config), lookAhead: true, emit: parts.emit })
    this.label = client.base.href
    this.#client = client
    this.#parts = parts
    const root = apiRoot(client.base, config)
    this.#api = root && new Api(client, root)
  }

  /** Ends what is still under way and closes all connections. */
  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Those of many releases in one request, where there is an API for it. */
  override async evidence(releases: readonly Release[]): Promise<Evidence[]> {
    if (!this.#api) return await super.evidence(releases)
    const found: Evidence[] = []
    for (let at = 0; at < releases.length; at += MOST_PACKAGES_AT_ONCE) {
      const batch = releases.slice(at, at + MOST_PACKAGES_AT_ONCE)
      const asked = batch.map(({ name, version }) => ({ name, version }))
      const { evidence } = await this.#api.call(readEvidence, {
        body: { releases: asked },
        repeatable: true,
        check: (reply) => {
          requireSame(this.#client.base, asked, reply.evidence)
        },
      })
      found.push(...evidence)
    }
    return found
  }

  async publish(prepare: (folder: string) => Promise<readonly Upload[]>): Promise<Published[]> {
    const api = this.#requireApi()
    const folder = this.#parts.staging.temporary()
    try {
      fs.mkdirSync(folder, { mode: 0o700 })
      // Nothing is packed, signed or sent before the server has accepted the token.
      await api.call(whoami)
      const uploads = await prepare(folder)
      const body = multipart(uploads.flatMap((upload) => partsOf(upload, folder)))
      const { packages } = await api.call(publishPackages, {
        body,
        repeatable: true,
        headersTimeoutFactor: PUBLISH_TIMEOUT_FACTOR,
        check: (reply) => {
          requireSame(this.#client.base, uploads, reply.packages)
        },
      })
      for (const { outcome, name, version, tree } of packages) {
        this.#parts.emit(
          outcome === 'published' ? { type: 'published', name, version, tree } : { type: 'unchanged', name, version },
        )
      }
      return packages
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }

  async changeStanding(release: Release, change: StatusChange): Promise<Standing> {
    // What is said already is not said again, so a change may be sent twice.
    const input = { params: { ...release }, body: change, repeatable: true }
    const standing = await orNotFound(this.#requireApi().call(changeStanding, input))
    if (standing) return standing
    throw new CpmError('PACKAGE_NOT_FOUND', `the registry ${this.label} has no ${release.name}@${release.version}`, {
      hint: 'cpm search',
      details: { name: release.name, version: release.version },
    })
  }

  async addOwners(name: PackageName, line: string): Promise<void> {
    await this.#requireApi().call(changeOwners, { params: { name }, body: { line } })
  }

  async search(query: PackageQuery): Promise<PackagePage> {
    return await this.#requireApi().call(listPackages, { query })
  }

  async describe(name: PackageName): Promise<PackageInfo | undefined> {
    return await orNotFound(this.#requireApi().call(readPackage, { params: { name } }))
  }

  async describeVersion(release: Release): Promise<VersionInfo | undefined> {
    return await orNotFound(this.#requireApi().call(readVersion, { params: { ...release } }))
  }

  /** Undefined where the registry is made of files alone and can't tell. */
  async whoami(): Promise<Whoami | undefined> {
    return await this.#api?.call(whoami)
  }

  #requireApi(): Api {
    if (this.#api) return this.#api
    throw new CpmError('REGISTRY_READONLY', `${this.label} is made of files alone: it can be read, and nothing else`, {
      hint: 'ask the registry that it was copied from',
    })
  }
}

/** Where the API is. A registry says so itself, but only for its own address: nobody else's server is to be asked, or shown a token. */
function apiRoot(base: URL, { api }: RegistryConfig): URL | undefined {
  if (api === null) return undefined
  const root = URL.canParse(api, base.href) ? new URL(api, base) : undefined
  if (root && !root.pathname.endsWith('/')) root.pathname += '/'
  if (root && isBelow(base, root) && root.search === '' && root.hash === '') return root
  throw new CpmError('REGISTRY_INVALID', `${base.href}config.json names an API that is not below that address`, {
    hint: 'tell the registry’s operator',
  })
}

function partsOf({ envelope, firstOwners, file }: Upload, folder: string): Part[] {
  const type = 'application/octet-stream'
  return [
    { name: 'envelope', filename: 'envelope.dsse', type: 'application/json', content: envelope },
    { name: 'owners', filename: 'owners.json', type: 'application/json', content: Buffer.from(firstOwners) },
    { name: 'archive', filename: 'archive.cpm', type, content: { file: path.join(folder, file) } },
  ]
}

/** @throws CpmError REGISTRY_MISBEHAVED unless an answer speaks of what was asked, in its order */
function requireSame(base: URL, asked: readonly Release[], answered: readonly Release[]): void {
  const isSame =
    asked.length === answered.length &&
    asked.every(({ name, version }, index) => answered[index]?.name === name && answered[index].version === version)
  if (!isSame) throw misbehaved(base, 'answered for other packages than it was asked about')
}

async function orNotFound<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof CpmError && error.code === 'PACKAGE_NOT_FOUND') return undefined
    throw error
  }
}
