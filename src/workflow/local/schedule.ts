import type { GraphNode } from '../specs/graph.ts'

interface ScheduleOptions<Node> {
  /** how many run at a time */
  parallel: number
  /** no further node is started once it is aborted */
  signal: AbortSignal
  /** runs a node whose dependencies were successful; tells whether it was too */
  run: (node: Node) => Promise<boolean>
  /** told of a node that will never run, because one before it failed or the run was stopped */
  skip: (node: Node) => void
}

/**
 * Runs a graph: each node after those it depends on, in the given order where there is a choice. A failure ends all that
 * depends on it, however far; the rest goes on. An error that `run` throws is thrown when everything that ran has ended.
 */
export async function runGraph<Node extends GraphNode>(
  nodes: readonly Node[],
  { parallel, signal, run, skip }: ScheduleOptions<Node>,
): Promise<void> {
  const unmet = new Map(nodes.map((node) => [node.name, new Set(node.dependencies)]))
  const children = new Map<string, Node[]>(nodes.map((node) => [node.name, []]))
  for (const node of nodes) for (const parent of new Set(node.dependencies)) children.get(parent)?.push(node)
  const ready = nodes.filter((node) => unmet.get(node.name)?.size === 0)
  const order = new Map(nodes.map((node, index) => [node.name, index]))
  const waiting = new Set(nodes)
  const running = new Set<Promise<void>>()
  const errors: Error[] = []

  const skipChildren = (node: Node) => {
    const queue = [...(children.get(node.name) ?? [])]
    for (let child = queue.shift(); child; child = queue.shift()) {
      if (!waiting.delete(child)) continue
      skip(child)
      queue.push(...(children.get(child.name) ?? []))
    }
  }
  const finish = (node: Node, isSuccessful: boolean) => {
    if (!isSuccessful) {
      skipChildren(node)
      return
    }
    for (const child of children.get(node.name) ?? []) {
      const parents = unmet.get(child.name)
      parents?.delete(node.name)
      if (parents?.size === 0 && waiting.has(child)) ready.push(child)
    }
    ready.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0))
  }
  const start = (node: Node) => {
    waiting.delete(node)
    const task = run(node)
      .then((isSuccessful) => {
        finish(node, isSuccessful)
      })
      .catch((error: unknown) => {
        errors.push(error instanceof Error ? error : new Error(String(error)))
      })
      .finally(() => running.delete(task))
    running.add(task)
  }

  for (;;) {
    while (ready.length > 0 && running.size < parallel && !signal.aborted && errors.length === 0) {
      const node = ready.shift()
      if (node) start(node)
    }
    if (running.size === 0) break
    await Promise.race(running)
  }
  for (const node of waiting) skip(node)
  const [error] = errors
  if (error) throw error
}
