import { digestHex } from '../../src/schema/digest.ts'
import type { PublishRecord } from '../../src/schema/index-record.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { CpmError, fileError } from '../../src/core/errors.ts'
import { regularStats } from '../../src/core/regular-file.ts'
import { safeJoin } from '../../src/core/safe-path.ts'
import type { PackageIndex } from '../../src/registry/index-file.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from '../../src/registry/layout.ts'
import { mapInBatches } from '../../src/core/concurrency.ts'
import type { Caller } from '../http/access.ts'
import type { Content } from '../http/content.ts'
import type { LineFiles, Lines } from './line-files.ts'
import type { NameRouter } from './name-router.ts'

/** the most bytes of indexes in one response */
const MOST_BYTES = 16 * 1024 * 1024

/** Serves the static files of a registry: what a file server would serve, except files that no index line names yet. */
export class Files {
  readonly #router: NameRouter
  readonly #lines: LineFiles

  constructor(router: NameRouter, lines: LineFiles) {
    this.#router = router
    this.#lines = lines
  }

  async index(name: PackageName): Promise<Content> {
    return await this.#linesOf(name, indexKey(name))
  }

  /** Returns the tags of indexes; names without an index are left out. */
  async indexTags(
    names: readonly PackageName[],
    caller: Caller,
    signal?: AbortSignal,
  ): Promise<(readonly [PackageName, string])[]> {
    const found = await this.#indexes(names, caller, signal)
    return found.map(([name, { tag }]) => [name, tag] as const)
  }

  /** Returns indexes as text; names without an index are left out, and indexes that exceed `MOST_BYTES` together. */
  async indexes(
    names: readonly PackageName[],
    caller: Caller,
    signal?: AbortSignal,
  ): Promise<(readonly [PackageName, { tag: string; text: string }])[]> {
    let left = MOST_BYTES
    return (await this.#indexes(names, caller, signal)).flatMap(([name, { tag, bytes }]) => {
      if (bytes.length > left) return []
      left -= bytes.length
      return [[name, { tag, text: bytes.toString('utf8') }] as const]
    })
  }

  async #indexes(
    names: readonly PackageName[],
    caller: Caller,
    signal: AbortSignal | undefined,
  ): Promise<(readonly [PackageName, Lines])[]> {
    for (const name of names) caller.require('read', name)
    const read = async (name: PackageName) => {
      const source = this.#router.of(name)
      await source.refresh(name)
      return [name, this.#lines.read(safeJoin(source.root, indexKey(name)))] as const
    }
    const found = await mapInBatches(names, read, signal)
    return found.flatMap(([name, lines]) => (lines ? [[name, lines] as const] : []))
  }

  async owners(name: PackageName): Promise<Content> {
    return await this.#linesOf(name, ownersKey(name))
  }

  /** Returns the owners chain of a name as text. */
  async chain(name: PackageName): Promise<string> {
    const { body } = await this.owners(name)
    return Buffer.from(body as Uint8Array).toString('utf8')
  }

  async file(name: PackageName, version: Version, file: string): Promise<Content> {
    const key = [archiveKey(name, version), envelopeKey(name, version)].find((known) => known.endsWith(`/${file}`))
    if (key === undefined) throw notFound(`${name}@${version} has no file ${file}`)
    return await this.#blob(name, version, key)
  }

  async archive(name: PackageName, version: Version): Promise<Content> {
    return await this.#blob(name, version, archiveKey(name, version))
  }

  /** Returns the index of a name from the disk, without asking an upstream registry. */
  indexAtHand(name: PackageName): PackageIndex | undefined {
    const { root } = this.#router.of(name)
    return this.#lines.readIndex(safeJoin(root, indexKey(name)), name)
  }

  async #linesOf(name: PackageName, key: string): Promise<Content> {
    const source = this.#router.of(name)
    const isKnown = await source.refresh(name)
    // Owners are written before the first index line: a name without an index line does not exist yet.
    const isThere = this.#lines.read(safeJoin(source.root, indexKey(name))) !== undefined
    const lines = isThere ? this.#lines.read(safeJoin(source.root, key)) : undefined
    // The cache was removed a moment ago, so a missing file doesn't mean that the name doesn't exist.
    if (!lines && isKnown === true) throw new CpmError('REGISTRY_BUSY', `${name} is being fetched again`)
    if (!lines) throw notFound(`there is no package ${name}`)
    return { type: 'application/x-ndjson; charset=utf-8', tag: lines.tag, immutable: false, body: lines.bytes }
  }

  /** Returns an archive or envelope. A file that no index line names counts as missing, even if it exists. */
  async #blob(name: PackageName, version: Version, key: string): Promise<Content> {
    const record = await this.#record(name, version)
    const source = this.#router.of(name)
    const isArchive = key.endsWith('.cpm')
    await source.ensureCached(name, version, isArchive ? 'archive' : 'envelope')
    const file = safeJoin(source.root, key)
    return {
      type: isArchive ? 'application/gzip' : 'application/json',
      tag: `${digestHex(record.envelope)}-${isArchive ? 'cpm' : 'dsse'}`,
      immutable: true,
      body: { file, size: sizeOf(file) },
    }
  }

  async #record(name: PackageName, version: Version): Promise<PublishRecord> {
    const known = this.indexAtHand(name)?.releases.get(version)
    if (known) return known
    await this.#router.of(name).refresh(name)
    const found = this.indexAtHand(name)?.releases.get(version)
    if (found) return found
    throw notFound(`there is no ${name}@${version}`)
  }
}

export function notFound(message: string): CpmError {
  return new CpmError('PACKAGE_NOT_FOUND', message, { hint: 'cpm search' })
}

function sizeOf(file: string): number {
  const stats = regularStats(file)
  if (stats) return stats.size
  throw fileError('it does not exist', 'read', file)
}
