import type { Evidence, ReleaseId } from '../../src/schema/documents.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Gate } from '../../src/core/pool.ts'
import type { ArtifactSource, PackageSource } from '../../src/core/ports.ts'
import { FolderBlobs } from '../../src/registry/folder-blobs.ts'
import { RegistryReader } from '../../src/registry/registry-reader.ts'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import type { Caller } from '../access.ts'
import { MOST_RESOLVES_AT_ONCE } from '../limits.ts'
import type { Packages } from './packages.ts'
import type { Shelf, Shelves } from './shelves.ts'

export interface ResolvedLock {
  /** the text of colony.lock */
  readonly lock: string
  /** what it has from this registry */
  readonly releases: readonly ReleaseId[]
  readonly omitted: Readonly<Record<PackageName, string>>
}

/** Makes a lock for a manifest; the command line puts it together from the installer’s parts. */
export type ResolveLock = (
  manifest: string,
  lock: string | null,
  source: PackageSource & ArtifactSource,
) => Promise<ResolvedLock>

interface ResolvingParts {
  resolveLock: ResolveLock
  config: RegistryConfig
  shelves: Shelves
  packages: Packages
}

/** Resolves for clients, so that they need not ask for one index after the other. */
export class Resolving {
  readonly #parts: ResolvingParts
  // The solver runs on the main thread between its questions: a few at once leave room for everything else.
  readonly #gate = new Gate(MOST_RESOLVES_AT_ONCE)

  constructor(parts: ResolvingParts) {
    this.#parts = parts
  }

  async resolve(
    { manifest, lock }: { manifest: string; lock: string | null },
    caller: Caller,
  ): Promise<{ lock: string; evidence: Evidence[]; omitted: Record<PackageName, string> }> {
    const { resolveLock, packages } = this.#parts
    const resolved = await this.#gate.pass(() => resolveLock(manifest, lock, this.#source(caller)))
    return {
      lock: resolved.lock,
      evidence: await packages.evidence(resolved.releases, caller),
      omitted: resolved.omitted,
    }
  }

  /** The registry as this caller may read it, in the state it has now. */
  #source(caller: Caller): PackageSource & ArtifactSource {
    const { shelves, config, packages } = this.#parts
    const readers = new Map<Shelf, RegistryReader>()
    for (const shelf of shelves.all) {
      const evidence = (releases: readonly ReleaseId[]) => packages.evidence(releases, caller)
      readers.set(shelf, new RegistryReader(config, new FolderBlobs(shelf.root), { evidence }))
    }
    const readerOf = async (name: PackageName): Promise<RegistryReader> => {
      caller.require('read', name)
      const shelf = shelves.of(name)
      await shelf.freshen(name)
      const reader = readers.get(shelf)
      if (!reader) throw new Error(`no reader for ${shelf.root}`)
      return reader
    }
    return {
      registryOf: () => Promise.resolve(config.id),
      read: async (names) => {
        const documents = await Promise.all(names.map(async (name) => [...(await (await readerOf(name)).read([name]))]))
        return new Map(documents.flat())
      },
      offers: async (releases) => {
        const offers = await Promise.all(
          releases.map(async (release) => await (await readerOf(release.name)).offers([release])),
        )
        return offers.flat()
      },
      archive: async (release, expected) => await (await readerOf(release.name)).archive(release, expected),
    }
  }
}
