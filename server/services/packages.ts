import type {
  Evidence,
  PackageInfo,
  PackagePage,
  ReleaseId,
  Standing,
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
import { Catalogue } from '../../src/registry/catalogue.ts'
import type { FolderRegistry } from '../../src/registry/folder-registry.ts'
import { envelopeKey, ownersKey } from '../../src/registry/layout.ts'
import { newestVersion } from '../../src/registry/newest.ts'
import type { Caller } from '../http/access.ts'
import { type Files, notFound } from './files.ts'
import { requireOwnName } from './publishing.ts'
import type { Shelf, Shelves } from './name-router.ts'

interface PackagesParts {
  registry: FolderRegistry
  shelves: Shelves
  files: Files
  pool: Pool
  emit: Emit
}

/** What is said of packages, and changes of it. */
export class Packages {
  readonly #parts: PackagesParts
  readonly #catalogues: ReadonlyMap<Shelf, Catalogue>

  constructor(parts: PackagesParts) {
    this.#parts = parts
    this.#catalogues = new Map(
      parts.shelves.all.map((shelf) => [
        shelf,
        // The registry’s own catalogue learns of what is published without reading it again.
        shelf.root === parts.registry.label
          ? parts.registry.catalogue
          : new Catalogue(shelf.root, parts.pool, parts.emit),
      ]),
    )
  }

  /** A page of the names the caller may see. Of another registry’s names those that somebody asked for are known. */
  async search(query: PackageQuery, caller: Caller): Promise<PackagePage> {
    const { shelves } = this.#parts
    const pages = await Promise.all(
      [...this.#catalogues].map(([shelf, catalogue]) =>
        catalogue.search(query, (name) => shelves.of(name) === shelf && caller.mayRead(name)),
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
    const shelf = this.#parts.shelves.of(name)
    await shelf.freshen(name)
    const index = this.#parts.files.indexAtHand(name)
    const newest = index && newestVersion(index)
    if (newest !== undefined) await shelf.bring(name, newest, 'archive')
    const info = await this.#catalogues.get(shelf)?.describe(name)
    if (!info) throw notFound(`there is no package ${name}`)
    return info
  }

  async describeVersion({ name, version }: ReleaseId): Promise<VersionInfo> {
    const shelf = this.#parts.shelves.of(name)
    await shelf.freshen(name)
    if (this.#parts.files.indexAtHand(name)?.releases.has(version) === true) await shelf.bring(name, version, 'archive')
    const info = await this.#catalogues.get(shelf)?.describeVersion({ name, version })
    if (!info) throw notFound(`there is no ${name}@${version}`)
    return info
  }

  async changeStanding(release: ReleaseId, change: StatusChange): Promise<Standing> {
    requireOwnName(this.#parts.shelves, release.name)
    return await this.#parts.registry.changeStanding(release, change)
  }

  async addOwners(name: PackageName, line: string): Promise<void> {
    requireOwnName(this.#parts.shelves, name)
    await this.#parts.registry.addOwners(name, line)
  }

  /** Envelopes and owners, in the order asked for; null and empty for what there is not. */
  async evidence(releases: readonly ReleaseId[], caller: Caller, signal?: AbortSignal): Promise<Evidence[]> {
    for (const { name } of releases) caller.require('read', name)
    const read = async ({ name, version }: ReleaseId): Promise<Evidence> => {
      const shelf = this.#parts.shelves.of(name)
      if (this.#parts.files.indexAtHand(name)?.releases.has(version) !== true) await shelf.freshen(name)
      const isNamed = this.#parts.files.indexAtHand(name)?.releases.has(version) === true
      if (!isNamed) return { name, version, envelope: null, owners: '' }
      await shelf.bring(name, version, 'envelope')
      const envelope = readRegular(safeJoin(shelf.root, envelopeKey(name, version)))
      const owners = readRegular(safeJoin(shelf.root, ownersKey(name)))
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
