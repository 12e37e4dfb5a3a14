import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Process, ProcessGraph } from '../../schema/colony/process.ts'
import type { ColonyClient } from './client.ts'

/** A graph with its processes, as they were when they were read one after the other. */
export interface ReadGraph {
  readonly graph: ProcessGraph
  readonly processes: readonly Process[]
}

const AT_ONCE = 8

/**
 * Reads a graph and its processes. Those that had ended when they were read before are not read again: a failure makes the server call
 * even successful ones failed, and what they handed on is known.
 */
export async function readGraph(
  client: ColonyClient,
  id: string,
  before: ReadonlyMap<string, Process> = new Map(),
): Promise<ReadGraph> {
  const graph = await client.call(RPCS.getGraph, { processgraphid: id })
  const processes: Process[] = []
  for (let from = 0; from < graph.processids.length; from += AT_ONCE) {
    const group = graph.processids.slice(from, from + AT_ONCE)
    processes.push(...(await Promise.all(group.map((processid) => known(client, processid, before)))))
  }
  return { graph, processes }
}

async function known(client: ColonyClient, processid: string, before: ReadonlyMap<string, Process>): Promise<Process> {
  const last = before.get(processid)
  if (last && last.state !== 'waiting' && last.state !== 'running') return last
  return await client.call(RPCS.getProcess, { processid })
}
