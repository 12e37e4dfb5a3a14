import type { RenderedEntry, RenderedNode } from './rendered.ts'

/** Merges maps deeply. Everything other than maps is replaced by the later value. */
export function mergeEntries(layers: readonly (readonly RenderedEntry[])[]): RenderedEntry[] {
  const merged = new Map<string, RenderedEntry>()
  for (const entry of layers.flat()) {
    const below = merged.get(entry.key)
    merged.set(entry.key, below ? { ...entry, node: mergeNodes(below.node, entry.node) } : entry)
  }
  return [...merged.values()]
}

function mergeNodes(below: RenderedNode, above: RenderedNode): RenderedNode {
  if (below.kind !== 'map' || above.kind !== 'map') return above
  return { ...above, entries: mergeEntries([below.entries, above.entries]) }
}
