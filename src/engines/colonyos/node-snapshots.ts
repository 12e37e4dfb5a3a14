import type { Executor } from '../../schema/colony/members.ts'
import type { Process } from '../../schema/colony/process.ts'
import type { NodeSnapshot, RunState } from '../runs/snapshot.ts'
import type { ReadGraph } from './graph-reader.ts'

/**
 * Builds the nodes of a run from a graph and its processes. For a node whose process was not read, the graph supplies
 * the state. After a failure that others depend on, the server reports every process of the graph as failed, even those
 * that were successful before. These have an end time, which the others lack, and keep their state. The process with a
 * reason is the culprit.
 */
export function nodeSnapshots(
  nodes: readonly NodeSnapshot[],
  { nodes: drawn, processes: read }: Pick<ReadGraph, 'nodes' | 'processes'>,
  executors: readonly Executor[],
): NodeSnapshot[] {
  const processes = [...read.values()]
  // An executor that registered later is shown by its id.
  const executorNames = new Map(executors.map(({ executorid, executorname }) => [executorid, executorname]))
  const byName = new Map(processes.map((process) => [process.spec.nodename, process]))
  const drawnStates = new Map(drawn.map(({ nodename, state }) => [nodename, state]))
  const hasReason = processes.some(({ state, errors }) => state === 'failed' && errors.length > 0)
  return nodes.map((node) => {
    const process = byName.get(node.nodename)
    if (node.reused === true) return node
    if (!process) return { ...node, state: drawnStates.get(node.nodename) ?? node.state }
    const state = stateOf(process, hasReason)
    const { starttime, endtime, retries, assignedexecutorid: id } = process
    const { startedAt: _, seconds: __, error: ___, ...rest } = node
    return {
      ...rest,
      state,
      ...(starttime !== undefined && { startedAt: starttime }),
      ...(starttime !== undefined && endtime !== undefined && { seconds: secondsBetween(starttime, endtime) }),
      ...(retries > 0 && { retries }),
      ...(id !== '' && { executor: executorNames.get(id) ?? id }),
      ...(state === 'failed' && reasonOf(process, hasReason)),
      ...(state === 'successful' && { out: process.out }),
    }
  })
}

function reasonOf({ endtime, errors }: Process, hasReason: boolean): { error: string } | undefined {
  if (errors.length > 0) return { error: errors.join('; ') }
  return !hasReason && endtime !== undefined ? { error: 'it failed without a reason' } : undefined
}

function stateOf({ state, errors, endtime }: Process, hasReason: boolean): RunState {
  const wasSuccessful = state === 'failed' && hasReason && errors.length === 0 && endtime !== undefined
  return wasSuccessful ? 'successful' : state
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round(Date.parse(to) - Date.parse(from)) / 1000)
}
