import type {
  Evidence,
  PackageInfo,
  PackagePage,
  ReleaseId,
  ReleaseStatus,
  StatusChange,
  VersionInfo,
} from '../../src/schema/documents.ts'
import type { Emit } from '../../src/schema/events.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { PackageQuery } from '../../src/schema/routes/packages.ts'
import { mapInBatches } from '../../src/core/concurrency.ts'
import type { Pool } from '../../src/core/pool.ts'
import { readRegular } from '../../src/core/regular-file.ts'
import { safeJoin } from '../../src/core/safe-path.ts'
import { Catalog } from '../../src/registry/catalog.ts'
import type { FolderRegistry } from '../../src/registry/folder-registry.ts'
import { envelopeKey, ownersKey } from '../../src/registry/layout.ts'
import { newestVersion } from '../../src/registry/newest.ts'
import type { Caller } from '../http/access.ts'
import { type Files, notFound } from './files.ts'
import { requireOwnName } from './publishing.ts'
import type { NameSource, NameRouter } from './name-router.ts'

interface PackagesParts {
  registry: FolderRegistry
  router: NameRouter
  files: Files
  pool: Pool
  emit: Emit
}

/** Lists and describes packages, and changes their status and owners. */
export class Packages {
  readonly #parts: PackagesParts
  readonly #catalogs: ReadonlyMap<NameSource, Catalog>

  constructor(parts: PackagesParts) {
    this.#parts = parts
    this.#catalogs = new Map(
      parts.router.all.map((source) => [
        source,
        // The registry updates its own catalog on publication, without reading the release again.
        source.root === parts.registry.label
          ? parts.registry.catalog
          : new Catalog(source.root, parts.pool, parts.emit),
      ]),
    )
  }

  /**
   * Returns a page of the packages that the caller may read. Upstream packages are listed once somebody has requested
   * them.
   */
  async search(query: PackageQuery, caller: Caller): Promise<PackagePage> {
    const { router } = this.#parts
    const pages = await Promise.all(
      [...this.#catalogs].map(([source, catalog]) =>
        catalog.search(query, (name) => router.of(name) === source && caller.mayRead(name)),
      ),
    )
    const [first] = pages
    if (first && pages.length === 1) return first
    const found = pages.flatMap(({ packages }) => packages).sort((a, b) => (a.name < b.name ? -1 : 1))
    const packages = found.slice(0, query.limit)
    const isLast = packages.length === found.length && pages.every(({ next }) => next === null)
    return {
      packages,
      total: pages.reduce((total, page) => total + page.total, 0),
      next: isLast ? null : (packages.at(-1)?.name ?? null),
    }
  }

  async describe(name: PackageName): Promise<PackageInfo> {
    const source = this.#parts.router.of(name)
    await source.refresh(name)
    const index = this.#parts.files.indexAtHand(name)
    const newest = index && newestVersion(index)
    if (newest !== undefined) await source.ensureCached(name, newest, 'archive')
    const info = await this.#catalogs.get(source)?.describe(name)
    if (!info) throw notFound(`there is no package ${name}`)
    return info
  }

  async describeVersion({ name, version }: ReleaseId): Promise<VersionInfo> {
    const source = this.#parts.router.of(name)
    await source.refresh(name)
    if (this.#parts.files.indexAtHand(name)?.releases.has(version) === true)
      await source.ensureCached(name, version, 'archive')
    const info = await this.#catalogs.get(source)?.describeVersion({ name, version })
    if (!info) throw notFound(`there is no ${name}@${version}`)
    return info
  }

  async changeStatus(release: ReleaseId, change: StatusChange): Promise<ReleaseStatus> {
    requireOwnName(this.#parts.router, release.name)
    return await this.#parts.registry.changeStatus(release, change)
  }

  async addOwners(name: PackageName, line: string): Promise<void> {
    requireOwnName(this.#parts.router, name)
    await this.#parts.registry.addOwners(name, line)
  }

  /** Returns envelopes and owners in the requested order; null and empty for releases that don't exist. */
  async evidence(releases: readonly ReleaseId[], caller: Caller, signal?: AbortSignal): Promise<Evidence[]> {
    for (const { name } of releases) caller.require('read', name)
    const read = async ({ name, version }: ReleaseId): Promise<Evidence> => {
      const source = this.#parts.router.of(name)
      if (this.#parts.files.indexAtHand(name)?.releases.has(version) !== true) await source.refresh(name)
      const isNamed = this.#parts.files.indexAtHand(name)?.releases.has(version) === true
      if (!isNamed) return { name, version, envelope: null, owners: '' }
      await source.ensureCached(name, version, 'envelope')
      const envelope = readRegular(safeJoin(source.root, envelopeKey(name, version)))
      const owners = readRegular(safeJoin(source.root, ownersKey(name)))
      return {
        name,
        version,
        envelope: envelope?.toString('base64') ?? null,
        owners: owners?.subarray(0, owners.lastIndexOf(0x0a) + 1).toString('utf8') ?? '',
      }
    }
    return await mapInBatches(releases, read, signal)
  }
}
