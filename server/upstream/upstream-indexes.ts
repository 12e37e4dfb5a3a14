import { IndexRecord, type PublishRecord } from '../../src/schema/index-record.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { isThere } from '../../src/core/atomic-file.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { AppendOnlyFile, Blobs } from '../../src/core/ports.ts'
import { readOwnersChain } from '../../src/package/owners.ts'
import { MAX_INDEX_BYTES, parseIndex } from '../../src/registry/index-file.ts'
import { envelopeKey, indexKey, ownersKey } from '../../src/registry/layout.ts'
import { MAX_OWNERS_BYTES } from '../../src/registry/registry-reader.ts'
import type { LineFiles } from '../services/line-files.ts'
import type { CacheFolder } from './cache-folder.ts'

interface IndexesParts {
  blobs: Blobs
  lines: LineFiles
}

/** The indexes and owners chains of an upstream registry, and their cached copies. */
export class UpstreamIndexes {
  readonly #folder: CacheFolder
  readonly #parts: IndexesParts
  readonly #tags = new Map<string, { length: number; tag: string }>()

  constructor(folder: CacheFolder, parts: IndexesParts) {
    this.#folder = folder
    this.#parts = parts
  }

  /**
   * Updates the copies of a name.
   * @param held what the answers must continue: the copies, or only what envelopes were proven by
   * @returns whether the name exists upstream
   * @throws CpmError INDEX_REWRITTEN
   */
  async refresh(name: PackageName, held: 'copies' | 'proven'): Promise<boolean> {
    const known = this.#copies(name, held)
    const index = await this.#grow(indexKey(name), known.index, MAX_INDEX_BYTES)
    if (!index) return false
    const owners = await this.#grow(ownersKey(name), known.owners, MAX_OWNERS_BYTES)
    const chain = readOwnersChain(name, owners?.toString('utf8') ?? '')
    for (const { version, owners: number } of parseIndex(name, index).releases.values()) {
      if (number > chain.length)
        throw new CpmError(
          'OWNER_MISMATCH',
          `${name}@${version} names owners that are not in the owners chain of ${name}`,
        )
    }
    // Owners first, so that an index line is never served without the owners it names.
    this.#folder.keep(ownersKey(name), owners)
    this.#folder.keep(indexKey(name), index)
    return true
  }

  /** Returns the cached record of a release. */
  record(name: PackageName, version: Version): PublishRecord {
    const index = this.#parts.lines.readIndex(this.#folder.pathOf(indexKey(name)), name)
    const record = index?.releases.get(version)
    if (record) return record
    // The cache was removed in the meantime. The next request fetches the index again.
    throw new CpmError('REGISTRY_BUSY', `${name}@${version} is being fetched again`)
  }

  /** Returns the cached owners chain of a name as text. */
  owners(name: PackageName): string {
    return this.#parts.lines.read(this.#folder.pathOf(ownersKey(name)))?.bytes.toString('utf8') ?? ''
  }

  /** Returns the copies that the next answers must continue. Without a proven envelope, no owners are proven either. */
  #copies(name: PackageName, held: 'copies' | 'proven'): { index: Buffer | undefined; owners: Buffer | undefined } {
    const read = (key: string) => this.#parts.lines.read(this.#folder.pathOf(key))?.bytes
    const [index, owners] = [read(indexKey(name)), read(ownersKey(name))]
    if (held === 'copies' || !index) return { index, owners }
    const proven = this.#provenPart(name, index)
    return proven.length === 0 ? { index: undefined, owners: undefined } : { index: proven, owners }
  }

  /** Returns an index up to the last release whose envelope is in the cache, which only keeps proven ones. */
  #provenPart(name: PackageName, index: Buffer): Buffer {
    let end = 0
    for (let at = 0, next = 0; at < index.length; at = next) {
      next = index.indexOf(0x0a, at) + 1
      const version = publishedIn(index.toString('utf8', at, next))
      if (version !== undefined && isThere(this.#folder.pathOf(envelopeKey(name, version)))) end = next
    }
    return index.subarray(0, end)
  }

  /** Fetches the complete lines of an append-only file. @throws CpmError INDEX_REWRITTEN */
  async #grow(key: string, cached: Buffer | undefined, maxBytes: number): Promise<Buffer | undefined> {
    const { blobs } = this.#parts
    const grown = await blobs.readTail(key, cached && this.#known(key, cached), { maxBytes })
    const bytes = Buffer.from(grown?.bytes ?? [])
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
    if (cached && !whole.subarray(0, cached.length).equals(cached)) {
      throw new CpmError('INDEX_REWRITTEN', `${key} of the upstream registry does not continue what was seen before`)
    }
    if (grown?.tag !== undefined && whole.length === bytes.length)
      this.#tags.set(key, { length: whole.length, tag: grown.tag })
    return whole.length === 0 ? undefined : whole
  }

  #known(key: string, bytes: Uint8Array): AppendOnlyFile {
    const tagged = this.#tags.get(key)
    return { bytes, tag: tagged?.length === bytes.length ? tagged.tag : undefined }
  }
}

/** Returns the version that a line of a valid index publishes. */
function publishedIn(line: string): Version | undefined {
  const result = IndexRecord.safeParse(JSON.parse(line))
  return result.success && result.data.type === 'publish' ? result.data.version : undefined
}
