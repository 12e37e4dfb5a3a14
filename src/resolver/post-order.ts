/** Lists a node and all nodes below it, each after those below it. Not recursive, because a derivation can be deep. */
export function inOrder<Node>(top: Node, below: (node: Node) => readonly Node[]): Node[] {
  const ordered: Node[] = []
  const met = new Set<Node>([top])
  const path = [{ node: top, waiting: [...below(top)] }]
  for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
    const next = here.waiting.shift()
    if (next === undefined) {
      ordered.push(here.node)
      path.pop()
    } else if (!met.has(next)) {
      met.add(next)
      path.push({ node: next, waiting: [...below(next)] })
    }
  }
  return ordered
}
