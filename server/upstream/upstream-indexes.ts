import type { PublishRecord } from '../../src/schema/index-record.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { AppendOnlyFile, Blobs } from '../../src/core/ports.ts'
import { readOwnersChain } from '../../src/package/owners.ts'
import { MAX_INDEX_BYTES, parseIndex } from '../../src/registry/index-file.ts'
import { indexKey, ownersKey } from '../../src/registry/layout.ts'
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

  /** Updates the copies of a name. @returns whether the name exists upstream */
  async refresh(name: PackageName): Promise<boolean> {
    const index = await this.#grow(indexKey(name), MAX_INDEX_BYTES)
    if (!index) return false
    const owners = await this.#grow(ownersKey(name), MAX_OWNERS_BYTES)
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

  /** Fetches the complete lines of an append-only file. @throws CpmError INDEX_REWRITTEN */
  async #grow(key: string, maxBytes: number): Promise<Buffer | undefined> {
    const { blobs, lines } = this.#parts
    const cached = lines.read(this.#folder.pathOf(key))?.bytes
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
