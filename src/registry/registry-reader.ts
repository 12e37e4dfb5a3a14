import type { Evidence } from '../schema/documents.ts'
import type { ErrorCode } from '../schema/errors.ts'
import type { CpmEvent, Emit } from '../schema/events.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryConfig, RegistryId } from '../schema/registry-config.ts'
import type { PublishRecord } from '../schema/index-record.ts'
import type {
  AppendOnlyFile,
  ArtifactSource,
  Blobs,
  Candidate,
  ExpectedFile,
  LocalFile,
  Offer,
  PackageDocument,
  PackageSource,
  Release,
  ReleaseNews,
} from '../core/ports.ts'
import { askTwice } from '../core/ask-twice.ts'
import { mapConcurrently } from '../core/concurrency.ts'
import { CpmError } from '../core/errors.ts'
import { UPGRADE } from '../core/newer-format.ts'
import { oneLine } from '../core/printable.ts'
import { MAX_ENVELOPE_BYTES } from '../package/signed-envelope.ts'
import { MAX_INDEX_BYTES, type PackageIndex, parseIndex } from './index-file.ts'
import type { IndexMemory } from './index-memory.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from './layout.ts'
import { LookAhead } from './look-ahead.ts'
import { newestVersion } from './newest.ts'
import { statusOf } from './release-status.ts'

export const MAX_OWNERS_BYTES = 4 * 1024 * 1024
const READS_AT_ONCE = 16
/** From so many indexes on, one request about all of them costs less than the ones it saves. */
const MANY_READS = 4
const NONE: ReadonlyMap<PackageName, never> = new Map<PackageName, never>()
const OF_ONE_INDEX = new Set<ErrorCode>(['INDEX_INVALID', 'INDEX_REWRITTEN'])

interface ReaderOptions {
  memory?: IndexMemory | undefined
  /**
   * reads many envelopes and chains of owners at once, if the registry supports it; otherwise each is read separately
   */
  evidence?: ((releases: readonly Release[]) => Promise<Evidence[]>) | undefined
  /** request the indexes of dependencies before the resolver does: useful if responses are slow */
  lookAhead?: boolean
  emit?: Emit | undefined
}

/**
 * The read side of a registry, over its static files: documents for the resolver, offers and archives for the
 * installer. Every kind of registry extends it.
 */
export class RegistryReader implements PackageSource, ArtifactSource {
  readonly config: RegistryConfig
  readonly blobs: Blobs
  readonly #options: ReaderOptions
  readonly #ahead: LookAhead | undefined
  readonly #indexes = new Map<PackageName, Promise<PackageIndex | undefined>>()
  readonly #read = new Map<PackageName, PackageIndex>()
  /** what must happen before an index is read */
  readonly #preparing = new Map<PackageName, Promise<void>>()
  /** indexes that were kept and are still the same, or that came together with others */
  readonly #given = new Map<PackageName, AppendOnlyFile>()
  /** what identifies the contents of each index that was read, if the registry said that */
  readonly #tags = new Map<PackageName, string>()

  constructor(config: RegistryConfig, blobs: Blobs, options: ReaderOptions = {}) {
    this.config = config
    this.blobs = blobs
    this.#options = options
    this.#ahead =
      options.lookAhead === true
        ? new LookAhead((names) => {
            this.#announce(names)
            return names.map((name) => this.index(name))
          })
        : undefined
  }

  get id(): RegistryId {
    return this.config.id
  }

  async registryOf(): Promise<RegistryId> {
    return Promise.resolve(this.id)
  }

  /** Returns a name's index. Each is read once, so that a command sees one state of it. */
  index(name: PackageName): Promise<PackageIndex | undefined> {
    let index = this.#indexes.get(name)
    if (!index) {
      const prepared = this.#preparing.get(name) ?? Promise.resolve()
      index = prepared.then(() => askTwice(OF_ONE_INDEX, () => this.#readIndex(name)))
      this.#indexes.set(name, index)
    }
    return index
  }

  /** Announces that these indexes will be read. */
  #announce(names: readonly PackageName[]): void {
    const unread = names.filter((name) => !this.#indexes.has(name) && !this.#preparing.has(name))
    const prepared = this.#prepare(unread)
    // A failure is thrown where an index is awaited.
    prepared.catch(() => undefined)
    for (const name of unread) this.#preparing.set(name, prepared)
  }

  async read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>> {
    this.#announce(names)
    const documents = await mapConcurrently(names, READS_AT_ONCE, async (name) => {
      const index = await this.index(name)
      if (index) this.#ahead?.follow(index)
      return [name, index ? toDocument(index) : null] as const
    })
    return new Map(documents)
  }

  /**
   * Before many indexes are read: asks once which of them are as they were when they were last proven, and requests the
   * others together.
   */
  async #prepare(names: readonly PackageName[]): Promise<void> {
    const { memory } = this.#options
    const kept = new Map<PackageName, AppendOnlyFile>()
    for (const name of names) {
      const file = memory?.recallProven(name)
      if (file?.tag !== undefined) kept.set(name, file)
    }
    const others = names.filter((name) => !kept.has(name))
    const [current, read] = await Promise.all([
      kept.size < MANY_READS ? NONE : this.currentStamps([...kept.keys()]),
      others.length < MANY_READS ? NONE : this.manyIndexes(others),
    ])
    for (const [name, file] of kept) if (current.get(name) === file.tag) this.#given.set(name, file)
    for (const [name, file] of read) this.#given.set(name, file)
  }

  async offers(releases: readonly Release[]): Promise<(Offer | undefined)[]> {
    const records = await mapConcurrently(releases, READS_AT_ONCE, async ({ name, version }) =>
      (await this.index(name))?.releases.get(version),
    )
    const evidence = (await this.evidence(records.filter((record) => record !== undefined))).values()
    return records.map((record) => {
      const proof = record && evidence.next().value
      return proof && { registry: this.id, record, ...requireEnvelope(record, proof) }
    })
  }

  /** Returns the status of a release from an index that was already read, without a request. */
  newsOf({ name, version }: Release): ReleaseNews | undefined {
    const index = this.#read.get(name)
    const release = index?.releases.get(version)
    if (!index || !release) return undefined
    const newest = newestVersion(index)
    const isBetter = newest !== undefined && newest !== version && !statusOf(index.statuses.get(newest)).yanked
    return {
      status: statusOf(index.statuses.get(version)),
      better: isBetter ? newest : undefined,
      publishedAt: release.publishedAt,
    }
  }

  /** Returns the envelopes and owners of releases, in order. */
  async evidence(releases: readonly Release[]): Promise<Evidence[]> {
    if (releases.length === 0) return []
    if (this.#options.evidence) return await this.#options.evidence(releases)
    return await mapConcurrently(releases, READS_AT_ONCE, async ({ name, version }) => {
      const [owners, envelope] = await Promise.all([
        this.owners(name),
        this.blobs.get(envelopeKey(name, version), { maxBytes: MAX_ENVELOPE_BYTES }),
      ])
      return {
        name,
        version,
        owners: owners ?? '',
        envelope: envelope ? Buffer.from(envelope).toString('base64') : null,
      }
    })
  }

  /** Returns a name's chain of owners as a string; undefined if it has none. */
  async owners(name: PackageName): Promise<string | undefined> {
    const bytes = await this.blobs.get(ownersKey(name), { maxBytes: MAX_OWNERS_BYTES })
    return bytes && Buffer.from(bytes).toString('utf8')
  }

  /** Identifies the contents of indexes: as they were read, or for others as they are now. */
  async stamps(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, string>> {
    const unread = names.filter((name) => !this.#read.has(name))
    const current = unread.length === 0 ? [] : await this.currentStamps(unread)
    return new Map([...this.#tags, ...current])
  }

  /** Identifies the current contents of indexes without reading them. Leaves out those for which it can't. */
  protected async currentStamps(_names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, string>> {
    return Promise.resolve(NONE)
  }

  /** Reads many indexes by few requests. Leaves out those that it can't read so. */
  protected async manyIndexes(_names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, AppendOnlyFile>> {
    return Promise.resolve(NONE)
  }

  /** Marks the indexes of proven releases as proven: later indexes must continue them. */
  async confirm(releases: readonly Release[]): Promise<void> {
    for (const name of new Set(releases.map(({ name }) => name))) this.#options.memory?.confirm(name)
    return Promise.resolve()
  }

  async archive({ name, version }: Release, expected: ExpectedFile): Promise<LocalFile> {
    const file = await this.blobs.file(archiveKey(name, version), expected)
    if (file) return file
    throw new CpmError('REGISTRY_INVALID', `${this.blobs.label} lists ${name}@${version} but has no archive of it`, {
      hint: "ask the registry's operator",
    })
  }

  async #readGrown(name: PackageName): Promise<AppendOnlyFile | undefined> {
    const { memory } = this.#options
    return await this.blobs
      .readTail(indexKey(name), memory?.recallProven(name), { maxBytes: MAX_INDEX_BYTES })
      .catch((error: unknown) => {
        // The code that detects it doesn't know the path of the memory.
        const isRewritten = error instanceof CpmError && error.code === 'INDEX_REWRITTEN'
        throw isRewritten && memory ? memory.rewritten(name, error) : error
      })
  }

  async #readIndex(name: PackageName): Promise<PackageIndex | undefined> {
    const { memory } = this.#options
    const given = this.#given.get(name)
    // If it turns out to be invalid, the second attempt reads it again.
    this.#given.delete(name)
    const grown = given ?? (await this.#readGrown(name))
    const index = grown && parseIndex(name, grown.bytes)
    const isContinued = memory?.check(name, {
      bytes: grown?.bytes.subarray(0, index?.length ?? 0) ?? new Uint8Array(),
      // A tag is for all bytes: if a partial line was cut off, it doesn't match what is kept.
      tag: grown?.bytes.length === index?.length ? grown?.tag : undefined,
    })
    if (isContinued === false) this.#options.emit?.(otherThanSeen(name))
    if (index && index.skipped > 0) this.#options.emit?.(newerLines(index))
    if (!index || index.releases.size === 0) return undefined
    this.#read.set(name, index)
    if (grown.tag !== undefined) this.#tags.set(name, grown.tag)
    return index
  }
}

/** One of the two responses was wrong, but cpm can't tell which. */
function otherThanSeen(name: PackageName): CpmEvent {
  return {
    type: 'warning',
    code: 'INDEX_REWRITTEN',
    message: `the index of ${name} doesn't continue the one seen before; nothing was installed from that one`,
  }
}

function newerLines({ name, skipped }: PackageIndex): CpmEvent {
  const what = skipped === 1 ? 'a line' : `${skipped} lines`
  return {
    type: 'warning',
    code: 'INDEX_NEWER',
    message: `${what} of the index of ${name} ${skipped === 1 ? 'is' : 'are'} ignored: a newer cpm wrote ${skipped === 1 ? 'it' : 'them'}`,
    hint: UPGRADE,
  }
}

function requireEnvelope({ name, version }: PublishRecord, { owners, envelope }: Evidence) {
  if (envelope !== null) return { owners, envelope: Buffer.from(envelope, 'base64') }
  throw new CpmError(
    'ENVELOPE_INVALID',
    `the registry has no envelope for ${name}@${version}: its signature was removed`,
  )
}

function toDocument({ name, releases, statuses }: PackageIndex): PackageDocument {
  const candidates = [...releases.values()].map((record): Candidate => {
    const { version, dependencies, features, conditions, publishedAt, owners } = record
    const { yanked, yankReason, deprecated, deprecationReason } = statusOf(statuses.get(version))
    return {
      version,
      dependencies,
      features,
      conditions,
      publishedAt,
      owners,
      yanked,
      // Reasons are used inside sentences.
      ...(yankReason !== null && { yankReason: oneLine(yankReason) }),
      ...(deprecated && { deprecated }),
      ...(deprecationReason !== null && { deprecationReason: oneLine(deprecationReason) }),
    }
  })
  return { name, candidates }
}
