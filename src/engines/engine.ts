import type { Tree } from '../schema/digest.ts'
import type { LocalFunction } from '../schema/manifest.ts'
import type { WorkflowSpec } from '../workflow/specs/spec.ts'
import type { RunRecord } from './runs/run-records.ts'
import type { KeptSecrets } from '../workflow/values/local-secrets.ts'
import type { RunSnapshot } from './runs/snapshot.ts'

/** A function that may be started on this machine: of the package that is run, or of one whose workflow it includes. */
export interface RunFunction extends LocalFunction {
  /** the folder of the other package that declares it */
  readonly root?: string
}

/** A run that is ready to be given to an engine. */
export interface PreparedRun {
  /** its id, made before anything is rendered: expressions see it as `release.id` */
  readonly run: string
  readonly package: { readonly name: string; readonly version: string }
  /** the file of the workflow in the package */
  readonly workflow: string
  readonly spec: WorkflowSpec
  /** the package's folder, or a link to it */
  readonly root: string
  /** the folder with the packages installed for it; its own colony_packages when left out */
  readonly packages?: string | undefined
  /** the digest of the package's tree, where it was proven before this */
  readonly tree?: Tree | undefined
  /** what the package, and those whose workflows it includes, say may be run on this machine */
  readonly functions: readonly RunFunction[]
  /** on this machine: where its secrets are from, for those who run it again */
  readonly secrets?: KeptSecrets | undefined
  /** what an earlier run did already; those nodes of the spec are not run again */
  readonly done?: Done | undefined
}

/** Nodes that were successful in an earlier run, and what they handed to their children. */
export interface Done {
  readonly run: string
  readonly out: ReadonlyMap<string, readonly unknown[]>
}

export interface SubmitOptions {
  /** stops submitting; where a run lives in this process, as on the local engine, it is cancelled too */
  readonly signal?: AbortSignal | undefined
}

export interface WatchOptions {
  /** stops watching, which throws its reason; the run goes on */
  readonly signal?: AbortSignal | undefined
  /** told of the run as it is when watching begins, and after every change that is seen */
  readonly onChange?: ((snapshot: RunSnapshot) => void) | undefined
}

export interface LogOptions {
  /** the log of this node only */
  readonly node?: string | undefined
  /** goes on until the run is over */
  readonly follow?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** A piece of what a node wrote: a line or several, without the last line break, as it was written. */
export interface LogEntry {
  readonly node: string
  readonly stream?: 'stdout' | 'stderr' | undefined
  /** RFC 3339, where the engine keeps it */
  readonly time?: string | undefined
  readonly text: string
}

/**
 * Something that runs workflows: this machine, or a colony. Every run has a record in `$CPM_HOME/runs` (src/engines/runs/run-records.ts),
 * which the engine makes before anything else and keeps up to date, so that any later cpm finds the run again.
 *
 * All but `submit` take the id of a run with a record. A node that fails is part of a snapshot, never an exception.
 */
export interface Engine {
  readonly name: RunSnapshot['engine']
  /** Whether its runs end with the command that submits them, and start programs of the package on this machine. */
  readonly runsHere: boolean
  /**
   * Whether it can hand outputs of an earlier run to nodes. One that can't is given `done` nodes with empty outputs only, and
   * leaves them and the dependencies on them out (`withoutDone`).
   */
  readonly canReuseOutputs: boolean
  /** Gives a run to the engine and returns once it has it. With the id of a run that it has already, it is that run as it is. */
  submit(run: PreparedRun, options?: SubmitOptions): Promise<RunSnapshot>
  /** Waits until the run is over (`isOver`), also where its state is decided before its last node has ended. */
  watch(run: string, options?: WatchOptions): Promise<RunSnapshot>
  /** The run as it is now, with the outputs of its nodes. */
  read(run: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<RunSnapshot>
  /** What the nodes wrote, in the order of time as far as that is known. */
  logs(run: string, options?: LogOptions): AsyncIterable<LogEntry>
  /** Ends what runs and keeps the rest from starting; returns when it is so. A run that is over stays as it is. */
  cancel(run: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<RunSnapshot>
  /** Forgets a run, here and where it ran. @throws CpmError RUN_ACTIVE when it is not over */
  remove(run: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /** Runs that no command told its user of, newest first: killed commands leave such, where runs do not end with the command. */
  unacknowledged?(): RunRecord[]
  /** A command has told its user of the run: from now on the command that submitted it means another run. */
  acknowledge?(run: string): void
}
