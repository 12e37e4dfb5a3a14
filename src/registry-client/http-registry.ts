import type { Evidence, Whoami } from '../schema/documents.ts'
import type { Emit } from '../schema/events.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryConfig } from '../schema/registry-config.ts'
import { MOST_INDEX_TAGS_AT_ONCE, MOST_INDEXES_AT_ONCE, readIndexes, readIndexTags } from '../schema/routes/files.ts'
import { MOST_PACKAGES_AT_ONCE, readEvidence } from '../schema/routes/publishing.ts'
import { whoami } from '../schema/routes/service.ts'
import { CpmError } from '../core/errors.ts'
import type { AppendOnlyFile, Blobs, IndexQuestion, NewsBasis, Registry, Release } from '../core/ports.ts'
import type { StagingArea } from '../core/staging.ts'
import type { IndexMemory } from '../registry/index-memory.ts'
import { readRegistryConfig } from '../registry/registry-config.ts'
import { RegistryReader } from '../registry/registry-reader.ts'
import { Api } from './call.ts'
import { fitsTag, isDigestTag } from './append-only-file.ts'
import { HttpBlobs } from './http-blobs.ts'
import { HttpClient, type HttpClientParts } from './http-client.ts'
import { HttpCatalog } from './http-catalog.ts'
import { HttpWriter } from './http-writer.ts'
import { requireSame } from './same-releases.ts'
import { isBelow, parseRegistryUrl } from './registry-url.ts'

export interface HttpBlobsParts extends HttpClientParts {
  /** for downloads and uploads in progress */
  staging: StagingArea
}

export interface HttpRegistryParts extends HttpBlobsParts {
  memoryFor: (config: RegistryConfig) => IndexMemory
  emit: Emit
}

/** Opens the static files of a registry at an http(s) URL, for a mirror. */
export function openHttpBlobs(url: string, parts: HttpBlobsParts): Blobs & { close(): Promise<void> } {
  const client = new HttpClient(parseRegistryUrl(url), parts)
  const { maxConcurrentDownloads } = parts.network
  const blobs = new HttpBlobs(client, { staging: parts.staging, maxConcurrentDownloads })
  return Object.assign(blobs, { close: () => client.close() })
}

/**
 * Opens the registry at an http(s) URL. @throws CpmError REGISTRY_INVALID, REGISTRY_UNREACHABLE and the errors of any
 * request
 */
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

/** A registry over HTTP: static files for reading, the API for everything else. Without an API it is read-only. */
export class HttpRegistry extends RegistryReader implements Registry {
  readonly label: string
  readonly writer: HttpWriter | undefined
  readonly catalog: HttpCatalog | undefined
  readonly #client: HttpClient
  readonly #api: Api | undefined
  #asked: IndexQuestion | undefined

  constructor(client: HttpClient, config: RegistryConfig, blobs: Blobs, parts: HttpRegistryParts) {
    super(config, blobs, { memory: parts.memoryFor(config), lookAhead: true, emit: parts.emit })
    this.label = client.base.href
    this.#client = client
    const root = apiRoot(client.base, config)
    this.#api = root && new Api(client, root)
    const { staging, emit } = parts
    this.writer = this.#api && new HttpWriter(this.#api, { base: client.base, staging, emit })
    this.catalog = this.#api && new HttpCatalog(this.#api)
  }

  /** Aborts all requests and closes all connections. */
  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Fetches the evidence for many releases in one request, if the registry has an API. */
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

  /** Asks for the tags of all indexes in one request, if the registry can answer it. */
  protected override async currentStamps(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, string>> {
    const stamps = new Map<PackageName, string>()
    for (let at = 0; at < names.length; at += MOST_INDEX_TAGS_AT_ONCE) {
      const batch = names.slice(at, at + MOST_INDEX_TAGS_AT_ONCE)
      const body = { names: batch }
      const reply = await this.#api?.call(readIndexTags, { body, repeatable: true }).catch(unlessInterrupted)
      if (!this.#api || !reply) return new Map()
      const url = this.#api.urlOf(readIndexTags)
      this.#asked = { url, body: JSON.stringify(body), tags: JSON.stringify(reply.tags) }
      // In headers, tags are quoted.
      for (const name of batch) if (Object.hasOwn(reply.tags, name)) stamps.set(name, `"${reply.tags[name] ?? ''}"`)
    }
    return stamps
  }

  /**
   * Reads many indexes by few requests, if the registry can answer that. What is missing or does not fit its tag is
   * left to a request of its own.
   */
  protected override async manyIndexes(
    names: readonly PackageName[],
  ): Promise<ReadonlyMap<PackageName, AppendOnlyFile>> {
    const found = new Map<PackageName, AppendOnlyFile>()
    for (let at = 0; at < names.length; at += MOST_INDEXES_AT_ONCE) {
      const batch = names.slice(at, at + MOST_INDEXES_AT_ONCE)
      const call = this.#api?.call(readIndexes, { body: { names: batch }, repeatable: true })
      const reply = await call?.catch(unlessInterrupted)
      if (!reply) return found
      for (const name of batch) {
        const index = Object.hasOwn(reply.indexes, name) ? reply.indexes[name] : undefined
        const bytes = Buffer.from(index?.text ?? '')
        // In headers, tags are quoted.
        const tag = `"${index?.tag ?? ''}"`
        if (bytes.includes(0x0a) && isDigestTag(tag) && fitsTag(bytes, tag)) found.set(name, { bytes, tag })
      }
    }
    return found
  }

  /** Only a server that everybody reaches directly, and without a token, is asked again by less than this client. */
  basisOf(names: readonly PackageName[]): NewsBasis | undefined {
    const isAll = this.#client.isPlain && this.#asked?.body === JSON.stringify({ names })
    return isAll && this.#asked ? { files: [], questions: [this.#asked] } : undefined
  }

  /** Returns undefined if the registry has only static files. */
  async whoami(): Promise<Whoami | undefined> {
    return await this.#api?.call(whoami)
  }
}

/** Other servers may have an API without this route; the indexes themselves tell more than this failure. */
function unlessInterrupted(error: unknown): undefined {
  if (!(error instanceof CpmError) || error.code === 'INTERRUPTED') throw error
}

/**
 * Returns the URL of the API. It must be below the registry's own URL, so that no other server gets requests or tokens.
 */
function apiRoot(base: URL, { api }: RegistryConfig): URL | undefined {
  if (api === null) return undefined
  const root = URL.canParse(api, base.href) ? new URL(api, base) : undefined
  if (root && !root.pathname.endsWith('/')) root.pathname += '/'
  if (root && isBelow(base, root) && root.search === '' && root.hash === '') return root
  throw new CpmError('REGISTRY_INVALID', `the API in ${base.href}config.json is not below the registry's URL`, {
    hint: "tell the registry's operator",
  })
}
