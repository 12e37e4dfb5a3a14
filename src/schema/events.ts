/** The place that a warning is about. */
interface WarningPlace {
  /** the folder that the file is relative to */
  root: string
  file: string
  line: number
  column: number
}

type NodeState = 'waiting' | 'running' | 'successful' | 'failed' | 'cancelled'

/**
 * Everything that can happen during a command. Code emits events and `src/cli/terminal/reporter.ts` shows them; a new
 * member is a compile error there until it has a view. With `--events`, each is one line of JSON.
 */
export type CpmEvent =
  /** something the user should know that doesn't stop the command */
  | { type: 'warning'; code: string; message: string; hint?: string; place?: WarningPlace }
  /** a crashed operation was finished or undone */
  | { type: 'recovered'; what: 'project' | 'registry' | 'global'; outcome: 'finished' | 'undone'; subject: string }
  /** another process holds a lock */
  | { type: 'lock-waiting'; subject: string; holder: string }
  | { type: 'key-created'; keyId: string; file: string }
  | { type: 'registry-created'; id: string; folder: string }
  | { type: 'packed'; name: string; version: string; files: number; size: number; archiveSize: number }
  /** the tests of a package passed before its publication */
  | { type: 'tested'; name: string; version: string; tests: number }
  | { type: 'published'; name: string; version: string; tree: string }
  | { type: 'unchanged'; name: string; version: string }
  /** a release outside the project is about to be installed, in its own place */
  | { type: 'fetching'; name: string; version: string; place: string }
  /** a line that a plugin or a command of the user's hooks wrote */
  | { type: 'plugin-log'; plugin: string; text: string }
  | { type: 'resolving'; names: number }
  | { type: 'resolved'; packages: number; steps: number }
  | { type: 'omitted'; name: string; reason: string }
  /** bytes of archives that arrived over the network, of all that this command needs; a few times a second */
  | { type: 'downloading'; done: number; total: number }
  | { type: 'unpacked'; name: string; version: string; done: number; total: number }
  /** a file of a package was found in ColonyFS's S3, or uploaded there */
  | { type: 'uploaded'; name: string; version: string; done: number; total: number }
  | { type: 'repaired'; name: string; version: string }
  | { type: 'proved'; name: string; version: string; files: number }
  /** the registry server listens at this address */
  | { type: 'listening'; url: string; registry: string; name: string }
  /** a new registry token: the only time it is shown */
  | { type: 'token-created'; id: string; token: string; expiresAt: string }
  /** the registry server is stopping, and finishes what is in progress */
  | { type: 'draining' }
  /** a request to the registry server failed, and not because of the client */
  | { type: 'request-failed'; request: string; route: string; code: string; message: string }
  /** a run is followed from here on: its nodes, each with those that it waits for */
  | {
      type: 'run-started'
      run: string
      name: string
      version: string
      nodes: { node: string; after: readonly string[]; state: NodeState }[]
    }
  | { type: 'node-started'; run: string; node: string }
  | {
      type: 'node-finished'
      run: string
      node: string
      state: 'successful' | 'failed' | 'cancelled'
      /** how long it ran: 0 if it never did, missing if unknown */
      seconds?: number | undefined
    }
  /** a line that a node wrote */
  | {
      type: 'node-log'
      run: string
      node: string
      stream?: 'stdout' | 'stderr' | undefined
      time?: string | undefined
      text: string
    }

export type Emit = (event: CpmEvent) => void
