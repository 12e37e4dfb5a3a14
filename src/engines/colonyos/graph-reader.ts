import type { GraphNode, Process, ProcessGraph } from '../../schema/colony/process.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { hasEnded } from '../runs/snapshot.ts'
import type { ColonyClient } from './client.ts'
import { ProcessReader } from './process-reader.ts'

/** A graph at one moment, with what is known about its processes. */
export interface ReadGraph {
  readonly graph: ProcessGraph
  readonly nodes: readonly GraphNode[]
  /** by id; waiting processes that never ran may be missing */
  readonly processes: ReadonlyMap<string, Process>
}

interface GraphReaderOptions {
  graph: string
  /** the label that lists the run's processes */
  label: string | undefined
  /** nodes that the server restarts when they take too long: if one waits, it may have run before */
  repeatable: ReadonlySet<string>
}

/**
 * Reads a graph repeatedly. One request for the graph returns the state of every node; a process is read only if its
 * state shows that there is something new. A process that had ended when it was read is never read again: after a
 * failure the server reports even successful ones as failed, and their outputs are known.
 */
export class GraphReader {
  readonly #client: ColonyClient
  readonly #options: GraphReaderOptions
  readonly #processes: ProcessReader
  readonly #known = new Map<string, Process>()

  constructor(client: ColonyClient, options: GraphReaderOptions) {
    this.#client = client
    this.#options = options
    this.#processes = new ProcessReader(client, options)
  }

  async look(): Promise<ReadGraph> {
    const graph = await this.#client.call(RPCS.getGraph, { processgraphid: this.#options.graph })
    const nodes = nodesOf(graph)
    const wanted = nodes.filter((node) => this.#isNew(node, graph))
    const read = await this.#processes.read(wanted, graph.submissiontime)
    for (const process of read) this.#known.set(process.processid, process)
    return { graph, nodes, processes: new Map(this.#known) }
  }

  #isNew({ processid, nodename, state }: GraphNode, { starttime }: ProcessGraph): boolean {
    const known = this.#known.get(processid)
    if (known && hasEnded(known.state)) return false
    const mayRepeat = this.#options.repeatable.has(nodename)
    if (state === 'waiting') return known ? known.state !== state : mayRepeat && starttime !== undefined
    return !known || state !== known.state || mayRepeat
  }
}

/** Returns the nodes of a graph, with only the id for processes that the server does not describe. */
function nodesOf({ nodes, processids }: ProcessGraph): GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.processid, node]))
  return processids.map((processid) => byId.get(processid) ?? { processid, nodename: '', state: undefined })
}
