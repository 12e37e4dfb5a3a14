import type { GraphNode } from '../../workflow/specs/graph.ts'

/** The resources that a node uses while it runs. */
export interface Demand {
  /** thousandths of a core */
  readonly cpu: number
  /** MiB */
  readonly mem: number
}

export interface ScheduledNode extends GraphNode {
  readonly demand: Demand
  /** milliseconds that it may wait to be started; without it there is no limit */
  readonly maxWait?: number | undefined
}

/** How a node ends that never ran or was stopped. */
export type Unfinished = 'failed' | 'cancelled'

interface ScheduleOptions<Node> {
  /** the resources to share; no node asks for more */
  room: Demand
  /** when aborted, ends the running nodes and keeps the others from starting */
  signal: AbortSignal
  /** runs a node whose dependencies were successful, until it ends or the signal is aborted */
  run: (node: Node, signal: AbortSignal) => Promise<'successful' | 'failed' | 'stopped'>
  /**
   * Called for each node at the start, and for a waiting node when one of its dependencies was successful. Returns
   * whether the node has failed already, since it can't be run any more.
   */
  failsEarly?: (node: Node) => boolean
  /** called for a node that failed because it waited too long */
  expire: (node: Node) => void
  /** called for a node that never ran or was stopped */
  drop: (node: Node, state: Unfinished) => void
}

/** limit even for small nodes: each holds a few files open, and many systems allow 1024 per process */
const MOST_AT_ONCE = 128
/** the longest delay of a Node timer; a longer limit counts as none */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Runs a graph as ColonyOS does: each node after its dependencies, otherwise in the given order, as many at a time as
 * there is room for. The failure of a node with dependents fails every node that has not ended, including running ones.
 * After the failure of any other node the rest continues. If `run` throws, the error is thrown after all running nodes
 * have ended.
 */
export async function runGraph<Node extends ScheduledNode>(
  nodes: readonly Node[],
  { room, signal, run, failsEarly = () => false, expire, drop }: ScheduleOptions<Node>,
): Promise<void> {
  const unmet = new Map(nodes.map((node) => [node.name, new Set(node.dependencies)]))
  const children = new Map<string, Node[]>(nodes.map((node) => [node.name, []]))
  for (const node of nodes) for (const parent of new Set(node.dependencies)) children.get(parent)?.push(node)
  const order = new Map(nodes.map((node, index) => [node.name, index]))
  let ready = nodes.filter((node) => unmet.get(node.name)?.size === 0)
  const waiting = new Set(nodes)
  const running = new Set<Promise<void>>()
  const free = { ...room }
  const errors: Error[] = []
  const halt = new AbortController()
  const stop = AbortSignal.any([signal, halt.signal])
  let hasFailed = false

  const unfinished = (): Unfinished => (hasFailed ? 'failed' : 'cancelled')
  const finish = (node: Node, isSuccessful: boolean) => {
    const waitingForIt = children.get(node.name) ?? []
    if (isSuccessful) {
      for (const child of waitingForIt) {
        giveUpEarly(child)
        const parents = unmet.get(child.name)
        parents?.delete(node.name)
        if (parents?.size === 0 && waiting.has(child)) ready.push(child)
      }
      ready.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0))
    } else if (waitingForIt.length > 0 && !stop.aborted) {
      hasFailed = true
      halt.abort()
    }
  }
  const giveUp = (node: Node) => {
    waiting.delete(node)
    ready = ready.filter((other) => other !== node)
    finish(node, false)
  }
  const giveUpEarly = (node: Node) => {
    if (!stop.aborted && waiting.has(node) && failsEarly(node)) giveUp(node)
  }
  const start = (node: Node) => {
    waiting.delete(node)
    free.cpu -= node.demand.cpu
    free.mem -= node.demand.mem
    const task = run(node, stop)
      .then((ending) => {
        if (ending === 'stopped') drop(node, unfinished())
        else finish(node, ending === 'successful')
      })
      .catch((error: unknown) => {
        errors.push(error instanceof Error ? error : new Error(String(error)))
        halt.abort()
      })
      .finally(() => {
        free.cpu += node.demand.cpu
        free.mem += node.demand.mem
        running.delete(task)
      })
    running.add(task)
  }
  const startWhatFits = () => {
    const fits = ({ demand }: Node) => running.size < MOST_AT_ONCE && demand.cpu <= free.cpu && demand.mem <= free.mem
    const left: Node[] = []
    for (const node of ready) {
      if (fits(node)) start(node)
      else left.push(node)
    }
    ready = left
  }
  const timers = nodes.flatMap((node) => {
    if (node.maxWait === undefined || node.maxWait > MAX_TIMER) return []
    const giveUpLate = () => {
      if (stop.aborted || !waiting.has(node)) return
      expire(node)
      giveUp(node)
    }
    return [setTimeout(giveUpLate, node.maxWait)]
  })

  for (const node of nodes) giveUpEarly(node)
  try {
    for (;;) {
      if (!stop.aborted) startWhatFits()
      if (running.size === 0) break
      await Promise.race(running)
    }
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
  for (const node of waiting) drop(node, unfinished())
  const [error] = errors
  if (error) throw error
}
