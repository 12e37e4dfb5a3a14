/**
 * Everything that can happen while a command works. Parts emit; `src/cli/terminal/reporter.ts` shows, and a new
 * member is a compile error there until it has a view. With `--events` each is one line of JSON.
 */
export type CpmEvent =
  /** something the user should know, which does not stop the command */
  | { type: 'warning'; code: string; message: string; hint?: string }
  /** a crashed operation was finished or undone */
  | { type: 'recovered'; what: 'project' | 'registry'; outcome: 'finished' | 'undone'; subject: string }
  /** a lock is held by somebody else */
  | { type: 'lock-waiting'; subject: string; holder: string }
  | { type: 'key-created'; keyId: string; file: string }
  | { type: 'registry-created'; id: string; folder: string }
  | { type: 'packed'; name: string; version: string; files: number; size: number; archiveSize: number }
  /** the tests of a package that is about to be published passed */
  | { type: 'tested'; name: string; version: string; tests: number }
  | { type: 'published'; name: string; version: string; tree: string }
  | { type: 'unchanged'; name: string; version: string }
  /** a release that no project asks for is about to be installed, in a place of its own */
  | { type: 'fetching'; name: string; version: string; place: string }
  | { type: 'resolving'; names: number }
  | { type: 'resolved'; packages: number; steps: number }
  | { type: 'omitted'; name: string; reason: string }
  | { type: 'unpacked'; name: string; version: string; done: number; total: number }
  /** a file of a package was found in ColonyFS’s S3, or was put there */
  | { type: 'uploaded'; name: string; version: string; done: number; total: number }
  | { type: 'repaired'; name: string; version: string }
  | { type: 'proved'; name: string; version: string; files: number }
  /** the registry server answers at this address */
  | { type: 'listening'; url: string; registry: string; name: string }
  /** a token for a registry: the only time it is shown */
  | { type: 'token-created'; id: string; token: string; expiresAt: string }
  /** the registry server was told to stop and finishes what is under way */
  | { type: 'draining' }
  /** a request to the registry server failed for a reason that is not the client’s */
  | { type: 'request-failed'; request: string; route: string; code: string; message: string }
  | { type: 'node-started'; run: string; node: string }
  | {
      type: 'node-finished'
      run: string
      node: string
      state: 'successful' | 'failed' | 'cancelled'
      /** how long it ran: 0 when it never did, left out when nobody knows */
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
