import { z } from 'zod'
import { Tree } from '../schema/digest.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { isThere, readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { CpmError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import { safeJoin } from '../core/safe-path.ts'
import { StagingArea } from '../core/staging.ts'
import { DEFAULT_LIMITS } from '../package/limits.ts'
import { checkPackageManifest } from '../package/manifest.ts'
import { MANIFEST_FILE } from '../package/manifest-file.ts'
import * as tasks from '../package/tasks.ts'
import { archiveKey, stagingFolder } from './layout.ts'

/** Manifest fields for people, which the index does not repeat. */
export const ManifestFacts = z.object({
  tree: Tree,
  description: z.string(),
  keywords: z.array(z.string()),
  authors: z.array(z.string()),
  license: z.string().nullable(),
  homepage: z.string().nullable(),
  repository: z.string().nullable(),
})
export type ManifestFacts = z.infer<typeof ManifestFacts>

/**
 * The facts of published manifests, read from the archives once and kept in `.facts` in the registry's folder. They
 * only help people find packages, and the folder can be removed at any time.
 */
export class ManifestFactsCache {
  readonly #registry: string
  readonly #pool: Pool
  readonly #kept = new Map<string, ManifestFacts>()

  constructor(registry: string, pool: Pool) {
    this.#registry = registry
    this.#pool = pool
  }

  /**
   * @param tree the tree of the version in the index: facts of any other tree are not used
   * @returns undefined if the archive can't be read: a damaged or missing package must not break a list
   */
  async read(name: PackageName, version: Version, tree: Tree): Promise<ManifestFacts | undefined> {
    const known = this.#kept.get(`${name}@${version}`) ?? this.#fromDisk(name, version)
    const facts = known?.tree === tree ? known : await this.#fromArchive(name, version, tree)
    if (facts) this.#kept.set(`${name}@${version}`, facts)
    return facts
  }

  /** Keeps the facts of a version whose manifest is already read. */
  keep(manifest: PackageManifest, tree: Tree): ManifestFacts {
    const facts = factsOf(manifest, tree)
    const { name, version } = manifest
    this.#kept.set(`${name}@${version}`, facts)
    const staging = new StagingArea(stagingFolder(this.#registry))
    try {
      writeFileAtomic(this.#file(name, version), JSON.stringify(facts), {
        durable: false,
        temporary: staging.temporary(),
      })
    } catch {
      // A read-only registry can still be read.
    }
    staging.removeOwn()
    return facts
  }

  #file(name: PackageName, version: Version): string {
    return safeJoin(this.#registry, '.facts', name, `${version}.json`)
  }

  #fromDisk(name: PackageName, version: Version): ManifestFacts | undefined {
    try {
      return ManifestFacts.parse(JSON.parse(readTextIfThere(this.#file(name, version)) ?? ''))
    } catch {
      return undefined
    }
  }

  async #fromArchive(name: PackageName, version: Version, tree: Tree): Promise<ManifestFacts | undefined> {
    const archive = safeJoin(this.#registry, archiveKey(name, version))
    if (!isThere(archive)) return undefined
    try {
      const { contents, manifest } = await this.#pool.run(tasks.inspect, { archive, limits: DEFAULT_LIMITS })
      const checked = checkPackageManifest(MANIFEST_FILE, manifest ?? new Uint8Array(), { unknownKeys: 'tolerate' })
      return contents.tree === tree && checked.manifest ? this.keep(checked.manifest, tree) : undefined
    } catch (error) {
      if (error instanceof CpmError) return undefined
      throw error
    }
  }
}

/** Shown when nothing could be read. */
export const NO_FACTS: Omit<ManifestFacts, 'tree'> = {
  description: '',
  keywords: [],
  authors: [],
  license: null,
  homepage: null,
  repository: null,
}

function factsOf(manifest: PackageManifest, tree: Tree): ManifestFacts {
  const { description = '', keywords, maintainers, license = null, homepage = null, repository = null } = manifest
  return { tree, description, keywords, authors: maintainers.map(({ name }) => name), license, homepage, repository }
}
