import { CpmError } from '../../core/errors.ts'
import type { PreparedRun } from '../engine.ts'
import type { RunRecord } from '../runs/run-records.ts'
import { hasEnded, type NodeSnapshot, type RunSnapshot, waitingNodes } from '../runs/snapshot.ts'
import type { ColonyClient } from './client.ts'

export type ColonyPart = NonNullable<RunRecord['colony']>

/** Creates the record of a run. It is written before anything is sent, so that the run can be found again. */
export function newColonyRecord(prepared: PreparedRun, colony: ColonyPart): RunRecord {
  const { run, package: of, workflow, spec, root, packages, tree, done } = prepared
  const nodes = waitingNodes(spec).map((node) =>
    done?.out.has(node.nodename) === true ? { ...node, state: 'successful' as const, reused: true } : node,
  )
  return {
    schemaVersion: 1,
    run,
    engine: 'colonyos',
    package: of,
    workflow,
    state: 'waiting',
    submittedAt: new Date().toISOString(),
    ...(done && { retryOf: done.run }),
    source: { root, ...(packages !== undefined && { packages }), ...(tree !== undefined && { tree }) },
    colony,
    nodes: nodes.map(recorded),
  }
}

/** Returns a node for the record, without its outputs, which may be secret and stay in the colony. */
function recorded({ out: _, dependencies, ...node }: NodeSnapshot): RunRecord['nodes'][number] {
  return { ...node, dependencies: [...dependencies] }
}

/** Updates the record with what the colony reports. */
export function updatedRecord(record: RunRecord, { state, finishedAt, nodes }: RunSnapshot): RunRecord {
  const { finishedAt: _, ...rest } = record
  return { ...rest, state, ...(finishedAt !== undefined && { finishedAt }), nodes: nodes.map(recorded) }
}

/** Returns a record without the parts that only the engine needs. */
export function snapshotOf({ schemaVersion: _, local: __, source: ___, colony, ...record }: RunRecord): RunSnapshot {
  const { user: _user, sentAt: _sentAt, unacknowledged: _unacknowledged, ...place } = requirePart(colony, record.run)
  return { ...record, colony: place }
}

export function requirePart(colony: ColonyPart | undefined, run: string): ColonyPart {
  if (colony) return colony
  throw new CpmError('USAGE', `the run ${run} is not in a colony`, { hint: 'cpm workflow list' })
}

/**
 * @throws CpmError COLONY_NOT_CHOSEN if the run is in another colony than the open one, or was submitted by another
 * user
 */
export function requireSamePlace(run: string, colony: ColonyPart, client: ColonyClient): void {
  const { address, name, user } = colony
  if (address === client.wire.url.href && name === client.colony && user === client.identity.id) return
  const isUser = address === client.wire.url.href && name === client.colony
  throw new CpmError(
    'COLONY_NOT_CHOSEN',
    isUser
      ? `the run ${run} was submitted by ${user}, but the current key belongs to ${client.identity.id}`
      : `the run ${run} is in the colony ${name} on ${address}, but the current colony is ${client.colony} on ${client.wire.url.href}`,
    { hint: hintToReach(run, colony), details: { run } },
  )
}

/** Returns what to type to reach the colony of a run, or to forget the run. */
export function hintToReach(run: string, { address, name, context }: ColonyPart): string {
  const { hostname, port, protocol } = new URL(address)
  const isTls = protocol === 'https:'
  const number = port === '' ? (isTls ? '443' : '80') : port
  const choice =
    context === undefined
      ? `set COLONIES_SERVER_HOST=${hostname} COLONIES_SERVER_PORT=${number} COLONIES_TLS=${isTls} COLONIES_COLONY_NAME=${name}, and COLONIES_PRVKEY`
      : `cpm context add ${context} --server ${protocol}//${hostname}:${number} --colony ${name} --ask-key`
  return `${choice}; or forget it: cpm workflow rm ${run} --record-only`
}

/** Adds the end time to the snapshot of a run that has ended. */
export function withEnd(snapshot: RunSnapshot, endtime: string | undefined): RunSnapshot {
  const { finishedAt: _, ...rest } = snapshot
  return hasEnded(snapshot.state) && endtime !== undefined ? { ...rest, finishedAt: endtime } : rest
}
