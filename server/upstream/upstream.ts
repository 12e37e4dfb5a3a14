import fs from 'node:fs'
import path from 'node:path'
import type { ErrorCode } from '../../src/schema/errors.ts'
import type { Emit } from '../../src/schema/events.ts'
import type { PublishRecord } from '../../src/schema/index-record.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import { type NamePattern, matchesName } from '../../src/schema/token.ts'
import type { Version } from '../../src/schema/version.ts'
import { askTwice } from '../../src/core/ask-twice.ts'
import { makeFolders, namesIn, readIfThere, readTextIfThere, writeFileAtomic } from '../../src/core/atomic-file.ts'
import { blake3 } from '../../src/core/blake3.ts'
import { parseJson, readableJson } from '../../src/core/canonical-json.ts'
import { regularStats } from '../../src/core/regular-file.ts'
import { Singleflight } from '../../src/core/concurrency.ts'
import { CpmError, fileError } from '../../src/core/errors.ts'
import type { Pool } from '../../src/core/pool.ts'
import type { Blobs, AppendOnlyFile } from '../../src/core/ports.ts'
import { safeJoin } from '../../src/core/safe-path.ts'
import { StagingArea } from '../../src/core/staging.ts'
import { MAX_ENVELOPE_BYTES, readEnvelope } from '../../src/package/envelope.ts'
import { requireIndexed } from '../../src/package/indexed.ts'
import { readOwnersChain, whoMaySign } from '../../src/package/owners.ts'
import { admit } from '../../src/registry/admit.ts'
import { MAX_INDEX_BYTES, parseIndex } from '../../src/registry/index-file.ts'
import { archiveKey, CONFIG_KEY, envelopeKey, indexKey, ownersKey, stagingFolder } from '../../src/registry/layout.ts'
import { readRegistryConfig } from '../../src/registry/registry-config.ts'
import { MAX_OWNERS_BYTES } from '../../src/registry/registry-reader.ts'
import type { LineFiles } from '../services/line-files.ts'
import { operatorsWords } from '../http/public-error.ts'
import { asking } from './asking.ts'
import { Outage } from './outage.ts'
import type { NameSource } from '../services/name-router.ts'

export interface Upstream {
  /** the files of the other registry */
  blobs: Blobs
  /** the names that belong there, and nowhere else */
  patterns: readonly NamePattern[]
}

interface UpstreamParts extends Upstream {
  /** the folder of the registry that serves */
  registry: string
  lines: LineFiles
  pool: Pool
  emit: Emit
}

/** Whether all names belong upstream: then this is the same registry at another address, and locks made here hold there. */
export function isMirror({ patterns }: Pick<Upstream, 'patterns'>): boolean {
  return patterns.some((pattern) => pattern === '*')
}

/**
 * Opens the cache of another registry, in `.upstream/<id>` of this one’s folder. It is laid out as a registry, so what serves a registry serves
 * it too, and it may be removed at any time. Where the other one can’t be reached, what is known of it serves.
 */
export async function openUpstream(parts: UpstreamParts): Promise<UpstreamSource> {
  const caches = path.join(parts.registry, '.upstream')
  const origin = parts.blobs.label
  try {
    const config = await readRegistryConfig(parts.blobs)
    const root = safeJoin(caches, config.id)
    writeFileAtomic(path.join(root, CONFIG_KEY), readableJson(config))
    writeFileAtomic(path.join(root, '.origin'), origin)
    return new UpstreamSource(root, config, parts)
  } catch (error) {
    const known = namesIn(caches).find((id) => readTextIfThere(path.join(caches, id, '.origin')) === origin)
    const text = known === undefined ? undefined : readTextIfThere(path.join(caches, known, CONFIG_KEY))
    if (known === undefined || text === undefined) throw error
    return new UpstreamSource(
      path.join(caches, known),
      parseJson(text, 'REGISTRY_INVALID', CONFIG_KEY) as RegistryConfig,
      parts,
    )
  }
}

/**
 * Names that are served for another registry. Nothing gets into the cache before it is proven as a client would prove it, and whatever keeps
 * an answer from being known is an error: only the other registry’s own 404 means that something is not there.
 */
export class UpstreamSource implements NameSource {
  readonly writable = false
  readonly root: string
  readonly config: RegistryConfig
  readonly #parts: UpstreamParts
  readonly #staging: StagingArea
  readonly #once = new Singleflight()
  readonly #outage: Outage
  readonly #tags = new Map<string, { length: number; tag: string }>()

  constructor(root: string, config: RegistryConfig, parts: UpstreamParts) {
    this.root = root
    this.config = config
    this.#parts = parts
    this.#outage = new Outage((error) => {
      parts.emit({ type: 'warning', code: 'UPSTREAM_STALE', message: `${OUTAGE}: ${operatorsWords(error)}` })
    })
    this.#staging = new StagingArea(stagingFolder(root))
    this.#staging.sweep()
  }

  has(name: PackageName): boolean {
    return this.#parts.patterns.some((pattern) => matchesName(pattern, name))
  }

  refresh(name: PackageName): Promise<boolean> {
    return this.#once.run(`refresh ${name}`, async () => {
      const ask = () => asking(() => askTwice(OF_ONE_ANSWER, () => this.#refresh(name)))
      const copy = regularStats(safeJoin(this.root, indexKey(name)))
      // What was proven once may be served without asking; that there is no such package must be asked each time.
      return copy ? ((await this.#outage.ask(name, copy.mtime, ask)) ?? true) : await ask()
    })
  }

  staleSince(name?: PackageName): Date | undefined {
    return this.#outage.since(name)
  }

  ensureCached(name: PackageName, version: Version, what: 'envelope' | 'archive'): Promise<void> {
    return this.#once.run(`${what} ${name}@${version}`, () =>
      asking(async () => {
        const record = this.#record(name, version)
        const envelope = await askTwice(OF_ONE_ANSWER, () => this.#envelope(record))
        if (what === 'archive') await askTwice(OF_ONE_ANSWER, () => this.#archive(record, envelope))
      }),
    )
  }

  /** Removes what downloads under way have left. */
  close(): void {
    this.#staging.removeOwn()
  }

  async #refresh(name: PackageName): Promise<boolean> {
    const index = await this.#grow(indexKey(name), MAX_INDEX_BYTES)
    if (!index) return false
    const owners = await this.#grow(ownersKey(name), MAX_OWNERS_BYTES)
    const chain = readOwnersChain(name, owners?.toString('utf8') ?? '')
    for (const { version, owners: number } of parseIndex(name, index).releases.values()) {
      if (number > chain.length)
        throw new CpmError('OWNER_MISMATCH', `${name}@${version} names owners that the chain of ${name} does not have`)
    }
    // Owners first: an index line is never served without the owners it names.
    this.#keep(ownersKey(name), owners)
    this.#keep(indexKey(name), index)
    return true
  }

  /** The whole lines of a file that only grows, as they are there now. @throws CpmError INDEX_REWRITTEN */
  async #grow(key: string, maxBytes: number): Promise<Buffer | undefined> {
    const { blobs, lines } = this.#parts
    const cached = lines.read(safeJoin(this.root, key))?.bytes
    const grown = await blobs.readTail(key, cached && this.#known(key, cached), { maxBytes })
    const bytes = Buffer.from(grown?.bytes ?? [])
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
    if (cached && !whole.subarray(0, cached.length).equals(cached)) {
      throw new CpmError('INDEX_REWRITTEN', `${key} of the upstream registry is not a continuation of what it was`)
    }
    if (grown?.tag !== undefined && whole.length === bytes.length)
      this.#tags.set(key, { length: whole.length, tag: grown.tag })
    return whole.length === 0 ? undefined : whole
  }

  #known(key: string, bytes: Uint8Array): AppendOnlyFile {
    const tagged = this.#tags.get(key)
    return { bytes, tag: tagged?.length === bytes.length ? tagged.tag : undefined }
  }

  #record(name: PackageName, version: Version): PublishRecord {
    const index = this.#parts.lines.readIndex(safeJoin(this.root, indexKey(name)), name)
    const record = index?.releases.get(version)
    if (record) return record
    // The cache was removed since somebody looked: the next request finds it again.
    throw new CpmError('REGISTRY_BUSY', `${name}@${version} is being fetched again`)
  }

  async #envelope(record: PublishRecord): Promise<Uint8Array> {
    const { name, version } = record
    const key = envelopeKey(name, version)
    const cached = readIfThere(safeJoin(this.root, key))
    if (cached && blake3(cached) === record.envelope) return cached
    const envelope = await this.#parts.blobs.get(key, { maxBytes: MAX_ENVELOPE_BYTES })
    if (!envelope) throw missing(`the envelope of ${name}@${version}`)
    const owners = this.#parts.lines.read(safeJoin(this.root, ownersKey(name)))?.bytes.toString('utf8') ?? ''
    proveEnvelope(record, envelope, owners)
    // An archive that was proven by another envelope, from before the cache was removed in part, is not this one’s.
    fs.rmSync(safeJoin(this.root, archiveKey(name, version)), { force: true })
    this.#keep(key, envelope)
    return envelope
  }

  /** Downloads an archive whole, reads it as a registry reads what a stranger publishes, and only then gives it its name. */
  async #archive(record: PublishRecord, envelope: Uint8Array): Promise<void> {
    const { name, version, archiveSize } = record
    const target = safeJoin(this.root, archiveKey(name, version))
    if (fs.statSync(target, { throwIfNoEntry: false })?.size === archiveSize) return
    const lent = await this.#parts.blobs.file(archiveKey(name, version), { size: archiveSize })
    if (!lent) throw missing(`the archive of ${name}@${version}`)
    try {
      const copy = await this.#copy(lent.path)
      // What is proven is the copy that will be served: nobody else can change it.
      await admit(this.#parts.pool, copy, envelope, `${name}@${version}`)
      this.#place(copy, target)
    } finally {
      lent.release()
    }
  }

  async #copy(file: string): Promise<string> {
    const copy = this.#temporary()
    try {
      await fs.promises.copyFile(file, copy, fs.constants.COPYFILE_FICLONE)
      return copy
    } catch (error) {
      throw fileError(error, 'copy', file)
    }
  }

  #keep(key: string, bytes: Uint8Array | undefined): void {
    const file = safeJoin(this.root, key)
    if (!bytes || readIfThere(file)?.equals(bytes) === true) return
    const temporary = this.#temporary()
    writeFileAtomic(temporary, bytes, { durable: false })
    this.#place(temporary, file)
  }

  #place(temporary: string, file: string): void {
    try {
      makeFolders(path.dirname(file))
      fs.renameSync(temporary, file)
    } catch (error) {
      throw fileError(error, 'write', file)
    }
  }

  /** A path for something that is not proven yet, in a folder that is there even when somebody has removed the cache. */
  #temporary(): string {
    const file = this.#staging.temporary()
    makeFolders(path.dirname(file))
    return file
  }
}

/** What a first answer may be wrong in, and the next be right. */
const OF_ONE_ANSWER = new Set<ErrorCode>([
  'ARCHIVE_INVALID',
  'ARCHIVE_TOO_LARGE',
  'DIGEST_MISMATCH',
  'ENVELOPE_INVALID',
  'INDEX_INVALID',
  'INDEX_REWRITTEN',
  'OWNER_MISMATCH',
  'SIGNATURE_INVALID',
])

const OUTAGE = "the upstream registry can't be asked; what was proven before is served, and marked as stale"

/** Holds an envelope against its index record and the owners that the record names. */
function proveEnvelope(record: PublishRecord, envelope: Uint8Array, owners: string): void {
  const label = `${record.name}@${record.version}`
  const { statement, signers } = readEnvelope(envelope, label)
  requireIndexed(record, blake3(envelope), statement.predicate)
  const { rightful } = whoMaySign(readOwnersChain(record.name, owners), signers, record.owners)
  if (rightful.length === 0)
    throw new CpmError('OWNER_MISMATCH', `${label} is signed by ${signers.join(', ')}, not by an owner`)
}

function missing(what: string): CpmError {
  return new CpmError('REGISTRY_INVALID', `the upstream registry lists ${what} but does not have it`)
}
