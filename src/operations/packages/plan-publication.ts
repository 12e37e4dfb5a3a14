import path from 'node:path'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import type { Registry, Release } from '../../core/ports.ts'
import { withScratch } from '../../core/scratch.ts'
import { DEFAULT_LIMITS } from '../../package/limits.ts'
import { packFolder } from '../../package/pack-folder.ts'
import type { NamedSource } from '../../package/prepare-upload.ts'
import * as tasks from '../../package/tasks.ts'
import type { Published } from '../../schema/documents.ts'

/** A package that would be published, with what would be sent. */
export interface PlannedPackage extends Published {
  readonly files: number
  readonly size: number
}

/**
 * Plans the publication of packages. Signs and sends nothing, and creates no key and no registry.
 * @param registry undefined if it does not exist yet
 * @throws CpmError VERSION_EXISTS
 */
export async function planPublication(
  sources: readonly NamedSource[],
  registry: Registry | undefined,
  pool: Pool,
): Promise<PlannedPackage[]> {
  const planned: PlannedPackage[] = []
  for (const source of sources) {
    const { name, version } = source.manifest
    const { tree, files, size } = await contentsOf(source, pool)
    const published = await treeIn(registry, { name, version })
    if (published !== undefined && published !== tree)
      throw new CpmError('VERSION_EXISTS', `${name}@${version} is already published with different contents`, {
        hint: 'raise the version in colony.yaml',
        details: { name, version, published, given: tree },
      })
    planned.push({ name, version, tree, files, size, outcome: published === undefined ? 'published' : 'unchanged' })
  }
  return planned
}

/** Packs a folder, or reads an archive, to know its contents. */
export async function contentsOf({ source, plan }: NamedSource, pool: Pool) {
  if (!plan) return (await pool.run(tasks.inspect, { archive: source, limits: DEFAULT_LIMITS })).contents
  return await withScratch((scratch) => packFolder(source, plan, { pool, output: path.join(scratch, 'archive') }))
}

/** Returns the tree of a published release; undefined if it is not published. */
export async function treeIn(registry: Registry | undefined, release: Release) {
  const [offer] = (await registry?.offers([release])) ?? []
  return offer?.record.tree
}
