/** A node of a workflow and the nodes it depends on. */
export interface GraphNode {
  readonly name: string
  readonly dependencies: readonly string[]
}

/**
 * Finds cycles, each as the names along it, starting with the node that comes first in the list. A node is part of at
 * most one cycle. Dependencies on unknown nodes, or of a node on itself, do not count.
 */
export function findCycles(nodes: readonly GraphNode[]): string[][] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const order = new Map(nodes.map((node, index) => [node.name, index]))
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[][] = []
  for (const { name } of nodes) {
    if (state.has(name)) continue
    // Depth first without recursion: a chain of ten thousand nodes is a valid workflow.
    const trail: { name: string; next: number }[] = [{ name, next: 0 }]
    state.set(name, 'open')
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const dependency = byName.get(top.name)?.dependencies[top.next++]
      if (dependency === undefined) {
        state.set(top.name, 'done')
        trail.pop()
      } else if (state.get(dependency) === 'open' && dependency !== top.name) {
        const names = trail.map((entry) => entry.name)
        cycles.push(fromFirst(names.slice(names.indexOf(dependency)), order))
      } else if (!state.has(dependency) && byName.has(dependency)) {
        state.set(dependency, 'open')
        trail.push({ name: dependency, next: 0 })
      }
    }
  }
  return cycles
}

function fromFirst(cycle: readonly string[], order: ReadonlyMap<string, number>): string[] {
  const ranks = cycle.map((name) => order.get(name) ?? 0)
  const start = ranks.indexOf(Math.min(...ranks))
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}
