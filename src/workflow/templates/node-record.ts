import type { Problem } from '../../core/yaml.ts'
import { problemAt } from './problems.ts'
import { nodeAt, placeOf, type RenderedEntry, type RenderedNode } from './rendered.ts'
import type { NodeRecord, Round, Written } from './groups.ts'

type ListNode = RenderedNode & { readonly kind: 'list' }

/** The dependencies as written, by the node that stands in for their list until names are known. */
export type Drafts = WeakMap<RenderedNode, readonly Written[]>

/** Creates the record of a rendered node, with its dependencies as written. */
export function recordOf(
  node: RenderedNode,
  { trail, isRepeated }: { trail: readonly Round[]; isRepeated: boolean },
  drafts: Drafts,
): NodeRecord {
  const name = node.kind === 'map' ? node.entries.find(({ key }) => key === 'nodename')?.node : undefined
  const list = dependencyList(node)
  return {
    node,
    trail,
    isRepeated,
    name:
      name?.kind === 'scalar' && typeof name.value === 'string'
        ? { text: name.value, isComputed: name.isComputed }
        : undefined,
    written: [...((list && drafts.get(list)) ?? [])],
    resolved: [],
  }
}

/** Returns all nodes with their final names and the final names of their dependencies. */
export function finish(records: readonly NodeRecord[]): RenderedNode[] {
  const names = new Set<unknown>(records.map(({ name }) => name?.text))
  return records.map((record) => finishOne(record, names))
}

function finishOne(record: NodeRecord, names: ReadonlySet<unknown>): RenderedNode {
  const { name } = record
  // The dependencies of an absent node may be absent as well.
  const resolved = record.resolved.filter(
    (dep) => dep.kind === 'node' || !dep.isPassedOn || (dep.node.kind === 'scalar' && names.has(dep.node.value)),
  )
  let { node } = record
  const nodename = node.kind === 'map' ? node.entries.find(({ key }) => key === 'nodename')?.node : undefined
  if (name && nodename?.kind === 'scalar')
    node = withEntry(node, 'nodename', { ...nodename, value: name.text, isComputed: name.isComputed })
  if (resolved.length === 0 && !dependencyList(node)) return node
  const items = resolved.map((dep): RenderedNode => {
    if (dep.kind === 'value') return dep.node
    const { text, isComputed } = dep.record.name ?? { text: '', isComputed: true }
    return { ...placeOf(dep.place), isComputed, kind: 'scalar', value: text }
  })
  const written = nodeAt(node, ['conditions'])
  const place = placeOf(dependencyList(node) ?? written)
  const isThere = written.kind === 'map' && written !== node
  const conditions = isThere ? written : ({ ...place, isComputed: false, kind: 'map', entries: [] } as const)
  const list: ListNode = { ...place, isComputed: false, kind: 'list', items }
  return withEntry(node, 'conditions', withEntry(conditions, 'dependencies', list))
}

/** Reports nodes in loops with a literal name, since every iteration would create the same name. */
export function nameProblems(records: readonly NodeRecord[]): Problem[] {
  return records.flatMap(({ node, name, isRepeated }) => {
    if (!isRepeated || !name || name.isComputed) return []
    const place = nodeAt(node, ['nodename'])
    return [problemAt(place, `every iteration of the loop makes a node named ${name.text}: use a variable in the name`)]
  })
}

function dependencyList(node: RenderedNode): ListNode | undefined {
  const list = nodeAt(node, ['conditions', 'dependencies'])
  return list.kind === 'list' ? list : undefined
}

function withEntry(node: RenderedNode, key: string, value: RenderedNode): RenderedNode {
  if (node.kind !== 'map') return node
  const isThere = node.entries.some((entry) => entry.key === key)
  const replaced = node.entries.map((entry): RenderedEntry => (entry.key === key ? { ...entry, node: value } : entry))
  return {
    ...node,
    entries: isThere ? replaced : [...replaced, { key, keyPlace: placeOf(value), node: value }],
  }
}
