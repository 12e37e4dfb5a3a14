import type { Published, ReleaseStatus, StatusChange } from '../schema/documents.ts'
import type { Emit } from '../schema/events.ts'
import { INDEX_VERSION } from '../schema/index-record.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { RegistryConfig } from '../schema/registry-config.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import type { NewsBasis, Registry, RegistryWriter, Release, Upload } from '../core/ports.ts'
import { readRegular } from '../core/regular-file.ts'
import { safeJoin } from '../core/safe-path.ts'
import { closeStaging, createStaging } from '../core/staging.ts'
import { readOwnersChain } from '../package/owners.ts'
import { Catalog } from './catalog.ts'
import { changeRegistry, recoverPublications } from './change.ts'
import { FolderBlobs } from './folder-blobs.ts'
import { emptyIndex, parseIndex } from './index-file.ts'
import type { IndexMemory } from './index-memory.ts'
import { indexKey, ownersKey, stagingFolder } from './layout.ts'
import { publish } from './publish.ts'
import type { PublishStep } from './publish-journal.ts'
import { readRegistryConfig } from './registry-config.ts'
import { RegistryReader } from './registry-reader.ts'
import { requireChange, statusOf } from './release-status.ts'

interface FolderRegistryParts {
  pool: Pool
  lockTimeout: number
  emit: Emit
  now: () => Date
  memoryFor?: (config: RegistryConfig) => IndexMemory
}

/** Opens the registry in a folder. @throws CpmError REGISTRY_INVALID */
export async function openFolderRegistry(root: string, parts: FolderRegistryParts): Promise<FolderRegistry> {
  const blobs = new FolderBlobs(root)
  const config = await readRegistryConfig(blobs)
  return new FolderRegistry(config, blobs, parts)
}

/**
 * A registry in a folder. Any number of processes can read and write it, on one machine or over a shared file system.
 */
export class FolderRegistry extends RegistryReader implements Registry, RegistryWriter {
  readonly writer = this
  readonly label: string
  readonly catalog: Catalog
  readonly #blobs: FolderBlobs
  readonly #parts: FolderRegistryParts

  constructor(config: RegistryConfig, blobs: FolderBlobs, parts: FolderRegistryParts) {
    super(config, blobs, { memory: parts.memoryFor?.(config), emit: parts.emit })
    this.#blobs = blobs
    this.label = blobs.label
    this.#parts = parts
    this.catalog = new Catalog(this.label, parts.pool, parts.emit)
  }

  protected override async currentStamps(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, string>> {
    const stamps = names.flatMap((name) => {
      const stamp = this.#blobs.stamp(indexKey(name))
      return stamp === undefined ? [] : [[name, stamp] as const]
    })
    return Promise.resolve(new Map(stamps))
  }

  basisOf(names: readonly PackageName[]): NewsBasis {
    return { files: ['config.json', ...names.map(indexKey)].map((key) => this.#blobs.path(key)), questions: [] }
  }

  async publish(prepare: (folder: string) => Promise<readonly Upload[]>): Promise<Published[]> {
    return await this.#inStaging(async (staging) => {
      const options = { ...this.#parts, registry: this.label, staging, now: this.#parts.now() }
      const { admitted, results } = await publish(await prepare(staging), options)
      for (const { manifest, predicate } of admitted) this.catalog.facts.keep(manifest, predicate.tree)
      return [...results]
    })
  }

  async changeStatus({ name, version }: Release, change: StatusChange): Promise<ReleaseStatus> {
    requireChange(change)
    return await this.#change(name, () => {
      const bytes = readRegular(safeJoin(this.label, indexKey(name)))
      const index = bytes ? parseIndex(name, bytes) : emptyIndex(name)
      if (!index.releases.has(version)) throw notFound(this.label, { name, version })
      const before = index.statuses.get(version) ?? []
      const at = this.#parts.now().toISOString()
      const record = { v: INDEX_VERSION, name, version, ...change, at } as const
      const result = statusOf([...before, record])
      // A status that is already set is not recorded again, so repeating a command changes nothing.
      const isSame = canonicalJson(result) === canonicalJson(statusOf(before))
      return {
        steps: isSame ? [] : [{ do: 'append', key: indexKey(name), at: index.length, line: canonicalJson(record) }],
        result,
      }
    })
  }

  async addOwners(name: PackageName, line: string): Promise<void> {
    await this.#change(name, () => {
      const key = ownersKey(name)
      const bytes = readRegular(safeJoin(this.label, key))
      if (!bytes) throw notFound(this.label, { name })
      // An unterminated last line is a write that a crash interrupted: overwrite it.
      const there = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
      if (line.includes('\n')) throw new CpmError('OWNER_MISMATCH', `an owners record must be a single line`)
      readOwnersChain(name, `${there.toString('utf8')}${line}\n`)
      return { steps: [{ do: 'append', key, at: there.length, line }], result: undefined }
    })
  }

  async recover(): Promise<void> {
    await recoverPublications(this.label, this.#parts)
  }

  async #change<T>(name: PackageName, plan: () => { steps: readonly PublishStep[]; result: T }): Promise<T> {
    return await this.#inStaging((staging) =>
      changeRegistry([name], { ...this.#parts, registry: this.label, staging }, plan),
    )
  }

  async #inStaging<T>(work: (staging: string) => Promise<T>): Promise<T> {
    const staging = createStaging(stagingFolder(this.label))
    try {
      return await work(staging)
    } finally {
      closeStaging(staging)
    }
  }
}

function notFound(label: string, what: { name: PackageName; version?: Version }): CpmError {
  const { name, version } = what
  const id = version === undefined ? name : `${name}@${version}`
  return new CpmError('PACKAGE_NOT_FOUND', `the registry ${label} has no ${id}`, { hint: 'cpm search', details: what })
}
