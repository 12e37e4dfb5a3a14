import path from 'node:path'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import { namesIn, readTextIfThere, writeFileAtomic } from '../../src/core/atomic-file.ts'
import { parseJson, readableJson } from '../../src/core/canonical-json.ts'
import { safeJoin } from '../../src/core/safe-path.ts'
import { CONFIG_KEY } from '../../src/registry/layout.ts'
import { readRegistryConfig } from '../../src/registry/registry-config.ts'
import { type Upstream, type UpstreamParts, UpstreamSource } from './upstream-source.ts'

/** Whether all names belong upstream: then this is the same registry at another address, and locks made here hold there. */
export function isMirror({ patterns }: Pick<Upstream, 'patterns'>): boolean {
  return patterns.some((pattern) => pattern === '*')
}

/**
 * Opens the cache of another registry, in `.upstream/<id>` of this one's folder. It is laid out as a registry, so what serves a registry serves
 * it too, and it may be removed at any time. Where the other one can't be reached, what is known of it serves.
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
