import type { GraphNode } from '../../workflow/specs/graph.ts'

/** What a node takes of the machine while it runs. */
export interface Demand {
  /** thousandths of a core */
  readonly cpu: number
  /** MiB */
  readonly mem: number
}

export interface ScheduledNode extends GraphNode {
  readonly demand: Demand
  /** milliseconds from now that it may wait to be started; for ever when left out */
  readonly maxWait?: number | undefined
}

/** How a node ends that came to no end of its own: it never ran, or it was stopped. */
export type Unfinished = 'failed' | 'cancelled'

interface ScheduleOptions<Node> {
  /** what there is to be shared; no node asks for more */
  room: Demand
  /** ends what runs and keeps the rest from starting once it is aborted */
  signal: AbortSignal
  /** runs a node whose dependencies were successful, until its end or until the signal is aborted */
  run: (node: Node, signal: AbortSignal) => Promise<'successful' | 'failed' | 'stopped'>
  /** told of a node that waited for longer than it may; it has failed then */
  expire: (node: Node) => void
  /** told of a node that came to no end of its own */
  drop: (node: Node, state: Unfinished) => void
}

/** however little they ask for: each holds a few files open, of which a process may have 1024 in many places */
const MOST_AT_ONCE = 128
/** the longest that a timer of Node can run; a longer limit is no limit */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Runs a graph as ColonyOS does: each node after those it depends on, in the given order where there is a choice, and no more at a time
 * than there is room for. A failure on which others depend fails everything that has not ended, what runs included; one on which nothing
 * depends lets the rest go on. An error that `run` throws is thrown when everything that ran has ended.
 */
export async function runGraph<Node extends ScheduledNode>(
  nodes: readonly Node[],
  { room, signal, run, expire, drop }: ScheduleOptions<Node>,
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
    const giveUp = () => {
      if (stop.aborted || !waiting.delete(node)) return
      ready = ready.filter((other) => other !== node)
      expire(node)
      finish(node, false)
    }
    return [setTimeout(giveUp, node.maxWait)]
  })

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
