import type { Tree } from '../schema/digest.ts'
import type { LocalFunction } from '../schema/manifest.ts'
import type { WorkflowSpec } from '../workflow/specs/spec.ts'
import type { RunRecord } from './runs/run-records.ts'
import type { KeptSecrets } from '../workflow/values/local-secrets.ts'
import type { RunSnapshot } from './runs/snapshot.ts'

/** A function that may run on this machine, from the package or from one whose workflow it includes. */
export interface RunFunction extends LocalFunction {
  /** the folder of the package that declares it, if it is not the package of the run */
  readonly root?: string
}

/** A run that is ready to be submitted to an engine. */
export interface PreparedRun {
  /** its id, created before rendering, because expressions can read it as `release.id` */
  readonly run: string
  readonly package: { readonly name: string; readonly version: string }
  /** the file of the workflow in the package */
  readonly workflow: string
  readonly spec: WorkflowSpec
  /** the package's folder, or a link to it */
  readonly root: string
  /** the folder with its installed dependencies; by default its own colony_packages */
  readonly packages?: string | undefined
  /** the package's tree, if it was proven */
  readonly tree?: Tree | undefined
  /** the functions that the package and its included packages allow on this machine */
  readonly functions: readonly RunFunction[]
  /** on the local engine: where its secrets come from, for a retry */
  readonly secrets?: KeptSecrets | undefined
  /** nodes that an earlier run completed and that do not run again */
  readonly done?: Done | undefined
}

/** Nodes that were successful in an earlier run, and their outputs. */
export interface Done {
  readonly run: string
  readonly out: ReadonlyMap<string, readonly unknown[]>
}

export interface SubmitOptions {
  /** stops submitting; on the local engine it also cancels the run */
  readonly signal?: AbortSignal | undefined
}

export interface WatchOptions {
  /** stops watching, which throws its reason; the run continues */
  readonly signal?: AbortSignal | undefined
  /** called with the state of the run when watching begins and after every change */
  readonly onChange?: ((snapshot: RunSnapshot) => void) | undefined
}

export interface LogOptions {
  /** only the log of this node */
  readonly node?: string | undefined
  /** continue until the run is over */
  readonly follow?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** A piece of a node's log: one or more unchanged lines, without the last line break. */
export interface LogEntry {
  readonly node: string
  readonly stream?: 'stdout' | 'stderr' | undefined
  /** RFC 3339, if the engine records it */
  readonly time?: string | undefined
  readonly text: string
}

/**
 * What runs workflows: this machine, or a colony. The engine first creates a record for each run in `$CPM_HOME/runs`
 * (src/engines/runs/run-records.ts) and keeps it up to date, so that later commands can find the run.
 *
 * All methods except `submit` take the id of a run with a record. A failed node is part of a snapshot, never an
 * exception.
 */
export interface Engine {
  readonly name: RunSnapshot['engine']
  /** whether its runs end with the command that submits them, and start programs of the package on this machine */
  readonly runsHere: boolean
  /**
   * whether it can pass outputs of an earlier run to nodes; an engine that can't only gets `done` nodes with empty
   * outputs, and leaves out these nodes and the dependencies on them (`withoutDone`)
   */
  readonly canReuseOutputs: boolean
  /** Submits a run and returns when the engine has accepted it. Returns an existing run with the same id unchanged. */
  submit(run: PreparedRun, options?: SubmitOptions): Promise<RunSnapshot>
  /** Waits until the run is over (`isOver`), even if its state is decided before its last node has ended. */
  watch(run: string, options?: WatchOptions): Promise<RunSnapshot>
  /** Reads the current state of the run, with the outputs of its nodes. */
  read(run: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<RunSnapshot>
  /** Reads what the nodes wrote, ordered by time as far as it is known. */
  logs(run: string, options?: LogOptions): AsyncIterable<LogEntry>
  /** Ends the running nodes, keeps the others from starting, and returns when the run is over. */
  cancel(run: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<RunSnapshot>
  /** Removes a run, here and where it ran. @throws CpmError RUN_ACTIVE if it is not over */
  remove(run: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /** Returns the runs that no command reported because it was killed, newest first. */
  unacknowledged?(): RunRecord[]
  /** Marks a run as reported to the user, so that submitting the same workflow again starts another run. */
  acknowledge?(run: string): void
}
