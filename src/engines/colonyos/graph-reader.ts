import type { GraphNode, Process, ProcessGraph } from '../../schema/colony/process.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { hasEnded } from '../runs/snapshot.ts'
import type { ColonyClient } from './client.ts'
import { ProcessReader } from './process-reader.ts'

/** A graph as it was at one look, and what is known of its processes. */
export interface ReadGraph {
  readonly graph: ProcessGraph
  readonly nodes: readonly GraphNode[]
  /** by id; a process that waits and never ran need not be among them */
  readonly processes: ReadonlyMap<string, Process>
}

interface GraphReaderOptions {
  graph: string
  /** the label by which the run's processes are listed */
  label: string | undefined
  /** nodes that the server starts again when they take too long, so that one that waits may have run before */
  repeatable: ReadonlySet<string>
}

/**
 * Looks at a graph again and again. The graph alone tells the state of every node, in one request; a process is read only when its
 * state says that there is something new to know. One that had ended when it was read is never read again: a failure makes the server call
 * even successful ones failed, and what they handed on is known.
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

/** The nodes of a graph; of a process that the server tells nothing of, only the id. */
function nodesOf({ nodes, processids }: ProcessGraph): GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.processid, node]))
  return processids.map((processid) => byId.get(processid) ?? { processid, nodename: '', state: undefined })
}
