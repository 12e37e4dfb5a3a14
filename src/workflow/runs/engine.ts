import type { LocalFunction } from '../../schema/manifest.ts'
import type { WorkflowSpec } from '../specs/spec.ts'

/** The states of a node, named as ColonyOS names them. */
export type NodeState = 'waiting' | 'running' | 'successful' | 'failed' | 'cancelled'
export type RunState = Exclude<NodeState, 'waiting'>

export interface NodeResult {
  readonly nodename: string
  readonly state: NodeState
  readonly seconds: number
  /** what it handed to its children; there when it was successful */
  readonly out?: readonly unknown[]
  /** why it failed; a node that was cancelled because of another has none */
  readonly error?: string
  readonly folder: string
}

export interface RunResult {
  readonly run: string
  readonly state: RunState
  readonly folder: string
  readonly nodes: readonly NodeResult[]
}

export interface RunOptions {
  /** the package's folder, or a link to it */
  readonly root: string
  /** the folder with the packages installed for it; its own colony_packages when left out */
  readonly packages?: string | undefined
  /** what the package says may be run on this machine */
  readonly functions: readonly LocalFunction[]
  /** the run's id; one is made when left out */
  readonly run?: string | undefined
  /** seconds that a node may take which has no limit of its own */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Something that runs workflows: this machine, or (later) a colony. */
export interface Engine {
  readonly name: string
  /** Runs a workflow to its end. Nodes that fail are part of the result; `runError` makes an error of it. */
  run(spec: WorkflowSpec, options: RunOptions): Promise<RunResult>
}
