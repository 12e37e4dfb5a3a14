/**
 * The processes that a run has started, each the leader of a group of its own. A function may start others; ending the group
 * ends them with it. (One that makes a session of its own leaves the group: `endLeftovers` finds it, on Linux.)
 */
export class ProcessGroups {
  readonly #leaders = new Set<number>()

  add(leader: number): void {
    this.#leaders.add(leader)
  }

  /** Ends what is left of a group whose leader is gone. */
  close(leader: number): void {
    signalGroup(leader, 'SIGKILL')
    this.#leaders.delete(leader)
  }

  /** Ends everything at once, also from an exit handler, where nothing can be waited for. */
  readonly killAll = (): void => {
    for (const leader of this.#leaders) signalGroup(leader, 'SIGKILL')
  }
}

/** Asks a group to end, and makes it end when it has not after a while. Returns a function that calls the second off. */
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
    // Windows has no groups: there the leader alone is ended.
    process.kill(process.platform === 'win32' ? leader : -leader, signal)
  } catch {
    // Nobody is left, which is what was wanted.
  }
}
