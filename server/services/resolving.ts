import type { Evidence, ReleaseId } from '../../src/schema/documents.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { mapInBatches, Semaphore } from '../../src/core/concurrency.ts'
import type { ArtifactSource, PackageSource, Release } from '../../src/core/ports.ts'
import type { ResolveLock } from '../../src/core/server-ports.ts'
import { FolderBlobs } from '../../src/registry/folder-blobs.ts'
import { RegistryReader } from '../../src/registry/registry-reader.ts'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import type { Caller } from '../http/access.ts'
import { MOST_REQUIREMENTS, MOST_RESOLVE_STEPS, MOST_RESOLVES_AT_ONCE, RESOLVE_SHARES } from '../http/limits.ts'
import { Shares } from '../http/shares.ts'
import type { Packages } from './packages.ts'
import type { NameSource, NameRouter } from './name-router.ts'

interface ResolvingParts {
  resolveLock: ResolveLock
  config: RegistryConfig
  router: NameRouter
  packages: Packages
}

const BOUNDS = { requirements: MOST_REQUIREMENTS, steps: MOST_RESOLVE_STEPS }

/** Resolves for clients, so that they don't have to request one index after the other. */
export class Resolving {
  readonly #parts: ResolvingParts
  // The solver runs on the main thread between its reads. Running only a few at once leaves room for other requests.
  readonly #gate = new Semaphore(MOST_RESOLVES_AT_ONCE)
  readonly #shares = new Shares(RESOLVE_SHARES, 'resolutions')

  constructor(parts: ResolvingParts) {
    this.#parts = parts
  }

  async resolve(
    { manifest, lock }: { manifest: string; lock: string | null },
    caller: Caller,
    signal: AbortSignal,
  ): Promise<{ lock: string; evidence: Evidence[]; omitted: Record<PackageName, string> }> {
    const { resolveLock, packages } = this.#parts
    const release = this.#shares.take({ token: undefined, address: caller.address })
    try {
      return await this.#gate.pass(async () => {
        const resolved = await resolveLock(manifest, lock, this.#source(caller, signal), { signal, ...BOUNDS })
        return {
          lock: resolved.lock,
          evidence: await packages.evidence(resolved.releases, caller, signal),
          omitted: resolved.omitted,
        }
      }, signal)
    } finally {
      release()
    }
  }

  /** Returns the registry in its current state, as far as this caller may read it. */
  #source(caller: Caller, signal: AbortSignal): PackageSource & ArtifactSource {
    const { router, config, packages } = this.#parts
    const readers = new Map<NameSource, RegistryReader>()
    for (const source of router.all) {
      const evidence = (releases: readonly ReleaseId[]) => packages.evidence(releases, caller, signal)
      readers.set(source, new RegistryReader(config, new FolderBlobs(source.root), { evidence }))
    }
    const readerOf = async (name: PackageName): Promise<RegistryReader> => {
      caller.require('read', name)
      const source = router.of(name)
      await source.refresh(name)
      const reader = readers.get(source)
      if (!reader) throw new Error(`no reader for ${source.root}`)
      return reader
    }
    return {
      registryOf: () => Promise.resolve(config.id),
      read: async (names) => {
        const read = async (name: PackageName) => [...(await (await readerOf(name)).read([name]))]
        return new Map((await mapInBatches(names, read, signal)).flat())
      },
      offers: async (releases) => {
        const offer = async (release: Release) => await (await readerOf(release.name)).offers([release])
        return (await mapInBatches(releases, offer, signal)).flat()
      },
      archive: async (release, expected) => await (await readerOf(release.name)).archive(release, expected),
    }
  }
}
