/**
 * The processes that a run started, each the leader of its own group. Ending the group also ends processes that a
 * function started. (A process that creates a session leaves the group. On Linux, `endLeftovers` finds it.)
 */
export class ProcessGroups {
  readonly #leaders = new Set<number>()

  add(leader: number): void {
    this.#leaders.add(leader)
  }

  /** Kills the remaining processes of a group whose leader has ended. */
  close(leader: number): void {
    signalGroup(leader, 'SIGKILL')
    this.#leaders.delete(leader)
  }

  /** Kills everything immediately, so that an exit handler, which can't wait, can call it. */
  readonly killAll = (): void => {
    for (const leader of this.#leaders) signalGroup(leader, 'SIGKILL')
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
