import type { Emit } from '../../schema/events.ts'
import type { NodeSnapshot, RunSnapshot } from './snapshot.ts'

/** Emits the changes between snapshots of a run as events: one per node that started, and one per node that ended. */
export function reportChanges(emit: Emit): (snapshot: RunSnapshot) => void {
  let before: readonly NodeSnapshot[] = []
  return ({ run, nodes }) => {
    const earlier = before
    before = nodes
    for (const [place, { nodename, state, startedAt, reused, ...node }] of nodes.entries()) {
      // The nodes of a run keep their order.
      if (state === earlier[place]?.state || reused === true) continue
      if (state === 'running') emit({ type: 'node-started', run, node: nodename })
      else if (state !== 'waiting') {
        const seconds = startedAt === undefined ? 0 : node.seconds
        emit({ type: 'node-finished', run, node: nodename, state, seconds })
      }
    }
  }
}
