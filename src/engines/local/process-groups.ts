import { statOf } from '../../core/process-identity.ts'
import { addDescendants, endLeftovers, outputsOf } from './orphan-processes.ts'

/** milliseconds between looks at the descendants of a node, which takes a fraction of a millisecond */
const LOOK_EVERY = 500

interface Watched {
  readonly folder: string
  readonly since: string | undefined
  readonly outputs: ReadonlySet<string>
  readonly seen: Map<number, string>
  readonly timer: NodeJS.Timeout
}

/**
 * The processes that a run started, each the leader of its own group. Ending the group also ends processes that a
 * function started. A process that creates a session leaves the group. On Linux, `endLeftovers` finds it by the traces
 * that are collected here while the leader runs.
 */
export class ProcessGroups {
  readonly #leaders = new Map<number, Watched>()

  /** @param folder the node's folder, in which the leader was started just now */
  add(leader: number, folder: string): void {
    const seen = new Map<number, string>()
    const timer = setInterval(() => {
      this.look(leader)
    }, LOOK_EVERY)
    timer.unref()
    const since = statOf(leader)?.start
    this.#leaders.set(leader, { folder, since, outputs: outputsOf(leader), seen, timer })
  }

  /** Remembers the current descendants of a leader. */
  look(leader: number): void {
    const watched = this.#leaders.get(leader)
    if (watched && process.platform === 'linux') addDescendants(leader, watched.seen)
  }

  /** Kills the remaining processes of a leader that has ended. */
  close(leader: number): void {
    signalGroup(leader, 'SIGKILL')
    const watched = this.#leaders.get(leader)
    if (!watched) return
    this.#leaders.delete(leader)
    clearInterval(watched.timer)
    endLeftovers(watched.folder, watched)
  }

  /** Kills everything immediately, so that an exit handler, which can't wait, can call it. */
  readonly killAll = (): void => {
    for (const leader of [...this.#leaders.keys()]) {
      this.look(leader)
      this.close(leader)
    }
  }
}

/** Asks a group to end, and kills it if it has not ended in time. Returns a function that cancels the kill. */
export function endGroup(leader: number, graceMs: number): () => void {
  signalGroup(leader, 'SIGTERM')
  const timer = setTimeout(() => {
    signalGroup(leader, 'SIGKILL')
  }, graceMs)
  return () => {
    clearTimeout(timer)
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    // Windows has no process groups, so only the leader is ended.
    process.kill(process.platform === 'win32' ? leader : -leader, signal)
  } catch {
    // No process is left.
  }
}
