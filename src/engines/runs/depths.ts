import type { NodeSnapshot } from './snapshot.ts'

/**
 * Finds the longest distance of each node from the roots. Ignores unknown dependencies and cycles, which no engine
 * accepts.
 */
export function findDepths(nodes: readonly Pick<NodeSnapshot, 'nodename' | 'dependencies'>[]): Map<string, number> {
  const names = new Set(nodes.map(({ nodename }) => nodename))
  const children = new Map<string, string[]>()
  const unmet = new Map<string, number>()
  for (const { nodename, dependencies } of nodes) {
    const parents = new Set(dependencies.filter((name) => names.has(name)))
    unmet.set(nodename, parents.size)
    for (const parent of parents) {
      const known = children.get(parent)
      if (known) known.push(nodename)
      else children.set(parent, [nodename])
    }
  }
  const depths = new Map<string, number>()
  let layer = nodes.map(({ nodename }) => nodename).filter((name) => unmet.get(name) === 0)
  for (let depth = 0; layer.length > 0; depth++) {
    const next: string[] = []
    for (const name of layer) {
      depths.set(name, depth)
      for (const child of children.get(name) ?? []) {
        const left = (unmet.get(child) ?? 0) - 1
        unmet.set(child, left)
        if (left === 0) next.push(child)
      }
    }
    layer = next
  }
  return depths
}
