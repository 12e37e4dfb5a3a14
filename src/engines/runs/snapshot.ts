import type { FunctionSpec, WorkflowSpec } from '../../workflow/specs/spec.ts'

/** The states of nodes and runs, named as in ColonyOS. */
export const STATES = ['waiting', 'running', 'successful', 'failed', 'cancelled'] as const
export type RunState = (typeof STATES)[number]

/** The engines that run workflows, by name. */
export const ENGINE_NAMES = ['local', 'colonyos'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

/** The state of a node of a run. */
export interface NodeSnapshot {
  readonly nodename: string
  readonly funcname: string
  readonly executortype: string
  readonly dependencies: readonly string[]
  /**
   * A failure that others depend on fails every node that has not ended. Nodes that were successful before stay so
   * here, although the ColonyOS server reports them as failed too: a retry doesn't run them again.
   */
  readonly state: RunState
  /** RFC 3339 */
  readonly startedAt?: string | undefined
  /** how long it ran, once it has ended */
  readonly seconds?: number | undefined
  /** how many times it was restarted because it took too long */
  readonly retries?: number | undefined
  /** what runs it, if the engine has several executors */
  readonly executor?: string | undefined
  /** why it failed; a node that failed or was cancelled because of another has none */
  readonly error?: string | undefined
  /** its output, only if requested and if the node was successful */
  readonly out?: readonly unknown[] | undefined
  /** whether it did not run and has the output of an earlier run */
  readonly reused?: boolean | undefined
}

/** Where a run in a colony is; nothing here is secret. */
export interface ColonyPlace {
  /** the context that submitted it, if any */
  readonly context?: string | undefined
  /** the server's address, without credentials */
  readonly address: string
  /** the colony's name */
  readonly name: string
  /** the id of the process graph, once the server has returned it */
  readonly graph?: string | undefined
}

/** A run at one moment. */
export interface RunSnapshot {
  readonly run: string
  readonly engine: EngineName
  readonly package: { readonly name: string; readonly version: string }
  /** the file of the workflow in the package */
  readonly workflow: string
  /** the nodes of a `failed` run may still be waiting or running: see `isOver` */
  readonly state: RunState
  /** RFC 3339 */
  readonly submittedAt: string
  readonly finishedAt?: string | undefined
  /** the run whose failed nodes this one reruns */
  readonly retryOf?: string | undefined
  /** for local runs: the folder with logs and outputs */
  readonly folder?: string | undefined
  readonly colony?: ColonyPlace | undefined
  readonly nodes: readonly NodeSnapshot[]
}

/** Returns whether a node or a run has ended. */
export function hasEnded(state: RunState): boolean {
  return state !== 'waiting' && state !== 'running'
}

/** Returns whether a run can no longer change. */
export function isOver({ state, nodes }: Pick<RunSnapshot, 'state' | 'nodes'>): boolean {
  return hasEnded(state) && nodes.every((node) => hasEnded(node.state))
}

/** Returns the nodes of a run before any of them has run. */
export function waitingNodes(spec: WorkflowSpec): NodeSnapshot[] {
  return spec.functions.map(waitingNode)
}

function waitingNode({ nodename, funcname, conditions }: FunctionSpec): NodeSnapshot {
  const { executortype, dependencies } = conditions
  return { nodename, funcname, executortype, dependencies, state: 'waiting' }
}
