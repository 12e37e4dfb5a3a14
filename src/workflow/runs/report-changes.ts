import type { Emit } from '../../schema/events.ts'
import type { RunSnapshot, RunState } from './snapshot.ts'

/** Tells the changes between the snapshots of a run as events: one for every node that began, and one for every that ended. */
export function reportChanges(emit: Emit): (snapshot: RunSnapshot) => void {
  const before = new Map<string, RunState>()
  return ({ run, nodes }) => {
    for (const { nodename, state, seconds = 0, reused } of nodes) {
      const last = before.get(nodename)
      before.set(nodename, state)
      if (state === last || reused === true) continue
      if (state === 'running') emit({ type: 'node-started', run, node: nodename })
      else if (state !== 'waiting') emit({ type: 'node-finished', run, node: nodename, state, seconds })
    }
  }
}
