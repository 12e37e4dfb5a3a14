import path from 'node:path'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import { namesIn, readTextIfThere, writeFileAtomic } from '../../src/core/atomic-file.ts'
import { parseJson, readableJson } from '../../src/core/canonical-json.ts'
import type { Upstream } from '../../src/core/server-ports.ts'
import { safeJoin } from '../../src/core/safe-path.ts'
import { CONFIG_KEY } from '../../src/registry/layout.ts'
import { readRegistryConfig } from '../../src/registry/registry-config.ts'
import { type UpstreamParts, UpstreamSource } from './upstream-source.ts'

/**
 * Returns whether all names belong upstream. If so, this is the same registry at another address, and locks are the
 * same.
 */
export function isMirror({ patterns }: Pick<Upstream, 'patterns'>): boolean {
  return patterns.some((pattern) => pattern === '*')
}

/**
 * Opens the cache of an upstream registry, in `.upstream/<id>` in this registry's folder. It has the layout of a
 * registry, so the same code serves it, and it may be removed at any time. If the upstream can't be reached, an
 * existing cache of it is used.
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
