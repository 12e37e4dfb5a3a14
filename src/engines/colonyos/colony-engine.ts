import path from 'node:path'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Emit } from '../../schema/events.ts'
import { exactJson } from '../../core/exact-json.ts'
import { CpmError } from '../../core/errors.ts'
import { withLock } from '../../core/locks.ts'
import type { Engine, LogEntry, LogOptions, PreparedRun, SubmitOptions, WatchOptions } from '../engine.ts'
import type { RunRecord, RunRecords } from '../runs/run-records.ts'
import { isOver, type RunSnapshot } from '../runs/snapshot.ts'
import type { ColonyClient } from './client.ts'
import { logSources, readLogs } from './colony-logs.ts'
import { newColonyRecord, requirePart, snapshotOf } from './colony-record.ts'
import { ColonyRuns } from './colony-runs.ts'
import type { ReadGraph } from './graph-reader.ts'
import { Notifications } from './notifications.ts'
import { OutageTolerance } from './outage-tolerance.ts'
import { NotTaken, PACE, type Pace, submitOnce } from './submit-once.ts'

interface ColonyEngineOptions {
  client: ColonyClient
  records: RunRecords
  emit: Emit
  lockTimeout: number
  /** look for the run in the colony even if this machine doesn't know it, because the user chose its id */
  lookFirst?: boolean
  /** the context that selected the colony, if any */
  context?: string | undefined
  pace?: Pace
  /** milliseconds between two looks at a run while waiting */
  lookEvery?: number
  /** how many milliseconds the server may be away while a run is followed */
  outageTolerance?: number
}

const LOOK_EVERY = 2000
/** enough for a machine to restart */
const OUTAGE_TOLERANCE = 300_000
/** how far back to look for a run that another machine may have submitted */
const LONG_AGO = 24 * 3600 * 1000

/**
 * Runs workflows in a colony. The record on this machine shows where a run is. It is written before anything is sent,
 * so that a run submitted by a killed cpm is found and not submitted again (docs/colonyos.md, "No run twice").
 */
export class ColonyEngine implements Engine {
  readonly name = 'colonyos'
  readonly runsHere = false
  readonly canReuseOutputs = false
  readonly #options: ColonyEngineOptions
  readonly #client: ColonyClient
  readonly #records: RunRecords
  readonly #outageTolerance: OutageTolerance
  readonly #runs: ColonyRuns

  constructor(options: ColonyEngineOptions) {
    const { client, records, emit, outageTolerance: limit = OUTAGE_TOLERANCE, lookEvery: pause = LOOK_EVERY } = options
    this.#options = options
    this.#client = client
    this.#records = records
    this.#runs = new ColonyRuns(client, records)
    this.#outageTolerance = new OutageTolerance({ emit, limit, pause })
  }

  async submit(prepared: PreparedRun, { signal }: SubmitOptions = {}): Promise<RunSnapshot> {
    signal?.throwIfAborted()
    const { run } = prepared
    const { emit, lockTimeout } = this.#options
    const options = { subject: `the run ${run}`, timeout: lockTimeout, emit }
    return await withLock(path.join(this.#records.folder(run), 'submission'), options, async () => {
      const isNew = !this.#records.has(run)
      if (isNew) this.#records.create(newColonyRecord(prepared, this.#place()), prepared.spec)
      const record = this.#runs.record(run)
      if (record.colony?.graph !== undefined) return await this.read(run)
      await this.#send(record, isNew && this.#options.lookFirst === true)
      return snapshotOf(this.#runs.record(run))
    })
  }

  async read(run: string): Promise<RunSnapshot> {
    return (await this.#runs.look(run)).snapshot
  }

  async watch(run: string, { signal, onChange }: WatchOptions = {}): Promise<RunSnapshot> {
    let notifications: Notifications | undefined
    let last = ''
    try {
      for (;;) {
        signal?.throwIfAborted()
        const { snapshot, read } = await this.#outageTolerance.ask(run, () => this.#runs.look(run), signal)
        const text = exactJson(snapshot)
        if (text !== last) onChange?.(snapshot)
        last = text
        if (isOver(snapshot)) return snapshot
        notifications ??= new Notifications(this.#client, leavesFirst(snapshot, read))
        await notifications.next(this.#options.lookEvery ?? LOOK_EVERY, signal)
      }
    } finally {
      notifications?.close()
    }
  }

  async *logs(run: string, options: LogOptions = {}): AsyncIterable<LogEntry> {
    const { follow = false, node, signal } = options
    const pause = this.#options.lookEvery ?? LOOK_EVERY
    const ask = <T>(asked: () => Promise<T>) => (follow ? this.#outageTolerance.ask(run, asked, signal) : asked())
    const look = async () => {
      const { snapshot, read } = await this.#runs.lookWithin(run, pause)
      const sources = logSources(read, await this.#runs.executorsOf(read))
      return {
        sources: sources.filter(({ nodename }) => node === undefined || nodename === node),
        isOver: isOver(snapshot),
      }
    }
    yield* readLogs(this.#client, look, { follow, signal, pause, ask })
  }

  async cancel(run: string): Promise<RunSnapshot> {
    const now = await this.read(run)
    // The server would report a graph as cancelled that was successful long ago.
    if (isOver(now)) return now
    await this.#client.call(RPCS.cancelGraph, { processgraphid: now.colony?.graph })
    return await this.read(run)
  }

  async remove(run: string): Promise<void> {
    const record = this.#runs.record(run)
    const graph = await this.#runs.graphOf(record)
    if (graph !== undefined && !isOver(await this.#readOrGone(record)))
      throw new CpmError('RUN_ACTIVE', `the run ${run} is still running`, { hint: `cpm workflow cancel ${run}` })
    if (graph !== undefined) {
      await this.#client.call(RPCS.removeGraph, { processgraphid: graph }).catch((error: unknown) => {
        if (!isGone(error)) throw error
      })
    }
    this.#records.remove(run)
  }

  acknowledge(run: string): void {
    const record = this.#records.has(run) ? this.#records.read(run) : undefined
    if (record?.colony?.unacknowledged !== true || record.colony.graph === undefined) return
    const { unacknowledged: _, ...colony } = record.colony
    this.#records.write({ ...record, colony })
  }

  unacknowledged(): RunRecord[] {
    const { client } = this.#options
    return this.#records
      .list()
      .records.filter(
        ({ colony }) =>
          colony?.unacknowledged === true &&
          colony.address === client.wire.url.href &&
          colony.name === client.colony &&
          colony.user === client.identity.id,
      )
  }

  #place() {
    const { client, context } = this.#options
    return {
      ...(context !== undefined && { context }),
      address: client.wire.url.href,
      name: client.colony,
      user: client.identity.id,
      unacknowledged: true,
    }
  }

  async #send(record: RunRecord, lookFirst: boolean): Promise<void> {
    const { run } = record
    const colony = requirePart(record.colony, run)
    const long = lookFirst ? new Date(Date.now() - LONG_AGO) : undefined
    try {
      const graph = await submitOnce(this.#client, {
        run,
        workflow: this.#runs.wire(record),
        sentAt: colony.sentAt === undefined ? long : new Date(colony.sentAt),
        note: () => {
          const now = new Date()
          this.#records.write({ ...record, colony: { ...colony, sentAt: now.toISOString() } })
          return now
        },
        pace: this.#options.pace ?? PACE,
      })
      this.#outageTolerance.met()
      this.#runs.setGraph(record, graph)
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error
      this.#records.remove(run)
      throw error.reason
    }
  }

  /** Reads a run. One whose graph was removed from the colony is over. */
  async #readOrGone(record: RunRecord): Promise<Pick<RunSnapshot, 'state' | 'nodes'>> {
    try {
      return await this.read(record.run)
    } catch (error) {
      if (isGone(error)) return { state: 'cancelled', nodes: [] }
      throw error
    }
  }
}

/** Orders nodes for subscriptions, whose number is limited. The nodes that end last matter most. */
function leavesFirst({ nodes }: RunSnapshot, read: ReadGraph): string[] {
  const parents = new Set(nodes.flatMap(({ dependencies }) => dependencies))
  const [leaves, others] = [
    read.nodes.filter(({ nodename }) => !parents.has(nodename)),
    read.nodes.filter(({ nodename }) => parents.has(nodename)),
  ]
  return [...leaves, ...others].map(({ processid }) => processid)
}

function isGone(error: unknown): boolean {
  return error instanceof CpmError && error.code === 'COLONY_REFUSED' && error.message.includes('graph is nil')
}
