import type { PackageName } from '../schema/name.ts'
import type { RegistryConfig } from '../schema/registry-config.ts'
import type { Version } from '../schema/version.ts'
import type { ArtifactSource, Candidate, Offer, PackageDocument, PackageSource } from '../core/ports.ts'
import { mapConcurrently } from '../core/pool.ts'
import { CpmError } from '../core/errors.ts'
import { MAX_ENVELOPE_BYTES } from '../package/envelope.ts'
import { FolderBlobs } from './folder-blobs.ts'
import { MAX_INDEX_BYTES, type PackageIndex, parseIndex } from './index-file.ts'
import type { IndexMemory } from './index-memory.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from './layout.ts'
import { readRegistryConfig } from './registry-config.ts'

const MAX_OWNERS_BYTES = 4 * 1024 * 1024
const READS_AT_ONCE = 16

/** The reading side of one registry: documents for the resolver, offers and archives for the installer. */
export class RegistryReader implements PackageSource, ArtifactSource {
  readonly config: RegistryConfig
  readonly #blobs: FolderBlobs
  readonly #memory: IndexMemory | undefined
  readonly #indexes = new Map<PackageName, Promise<PackageIndex | undefined>>()

  constructor(config: RegistryConfig, blobs: FolderBlobs, memory?: IndexMemory) {
    this.config = config
    this.#blobs = blobs
    this.#memory = memory
  }

  get registry() {
    return this.config.id
  }

  /** Each name's index is read once by one reader, so that a command sees one state of it. */
  index(name: PackageName): Promise<PackageIndex | undefined> {
    let index = this.#indexes.get(name)
    if (!index) {
      index = this.#readIndex(name)
      this.#indexes.set(name, index)
    }
    return index
  }

  async read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>> {
    const documents = await mapConcurrently(names, READS_AT_ONCE, async (name) => {
      const index = await this.index(name)
      return [name, index ? toDocument(index) : null] as const
    })
    return new Map(documents)
  }

  async offer(name: PackageName, version: Version): Promise<Offer | undefined> {
    const record = (await this.index(name))?.releases.get(version)
    if (!record) return undefined
    const [owners, envelope] = await Promise.all([
      this.#blobs.get(ownersKey(name), { maxBytes: MAX_OWNERS_BYTES }),
      this.#blobs.get(envelopeKey(name, version), { maxBytes: MAX_ENVELOPE_BYTES }),
    ])
    if (!envelope) {
      throw new CpmError(
        'ENVELOPE_INVALID',
        `the registry has no envelope for ${name}@${version}: its signature was removed`,
      )
    }
    return { registry: this.registry, record, owners: Buffer.from(owners ?? '').toString('utf8'), envelope }
  }

  async archive(name: PackageName, version: Version): Promise<string> {
    return Promise.resolve(this.#blobs.locate(archiveKey(name, version)))
  }

  async #readIndex(name: PackageName): Promise<PackageIndex | undefined> {
    const bytes = await this.#blobs.get(indexKey(name), { maxBytes: MAX_INDEX_BYTES })
    const index = bytes && parseIndex(name, bytes)
    this.#memory?.check(name, bytes?.subarray(0, index?.length ?? 0) ?? new Uint8Array())
    return index && index.releases.size > 0 ? index : undefined
  }
}

/** Opens the registry in a folder. @throws CpmError REGISTRY_INVALID */
export async function openFolderRegistry(
  root: string,
  memoryFor?: (config: RegistryConfig) => IndexMemory,
): Promise<RegistryReader> {
  const blobs = new FolderBlobs(root)
  const config = await readRegistryConfig(blobs)
  return new RegistryReader(config, blobs, memoryFor?.(config))
}

function toDocument({ name, releases, statuses }: PackageIndex): PackageDocument {
  const candidates: Candidate[] = [...releases.values()].map((record) => {
    const status = statuses.get(record.version)
    const { version, dependencies, features, conditions, publishedAt } = record
    return {
      version,
      dependencies,
      features,
      conditions,
      publishedAt,
      yanked: status?.type === 'yank',
      ...(status?.type === 'yank' && status.reason !== undefined && { yankReason: status.reason }),
    }
  })
  return { name, candidates }
}
