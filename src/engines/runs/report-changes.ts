import type { Emit } from '../../schema/events.ts'
import type { NodeSnapshot, RunSnapshot } from './snapshot.ts'

/**
 * Emits a run and the changes between its snapshots as events: first its nodes, then one event for each that started,
 * and one for each that ended.
 */
export function reportChanges(emit: Emit): (snapshot: RunSnapshot) => void {
  let before: readonly NodeSnapshot[] | undefined
  return ({ run, nodes, package: { name, version } }) => {
    const earlier = before ?? []
    if (!before) emit({ type: 'run-started', run, name, version, nodes: nodes.map(firstState) })
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

function firstState({ nodename, dependencies, state }: NodeSnapshot) {
  return { node: nodename, after: dependencies, state }
}
