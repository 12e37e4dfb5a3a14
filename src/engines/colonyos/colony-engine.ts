import path from 'node:path'
import type { Executor } from '../../schema/colony/members.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Emit } from '../../schema/events.ts'
import { exactJson } from '../../core/exact-json.ts'
import { CpmError } from '../../core/errors.ts'
import { withLock } from '../../core/locks.ts'
import type { Engine, LogEntry, LogOptions, PreparedRun, SubmitOptions, WatchOptions } from '../engine.ts'
import { withoutDone } from '../runs/retry.ts'
import type { RunRecord, RunRecords } from '../runs/run-records.ts'
import { isOver, type RunSnapshot } from '../runs/snapshot.ts'
import type { ColonyClient } from './client.ts'
import { logSources, readLogs } from './colony-logs.ts'
import { newColonyRecord, requirePart, requireSamePlace, snapshotOf, updatedRecord, withEnd } from './colony-record.ts'
import { findRun } from './find-run.ts'
import { GraphReader, type ReadGraph } from './graph-reader.ts'
import { nodeSnapshots } from './node-snapshots.ts'
import { Notifications } from './notifications.ts'
import { OutageTolerance } from './outage-tolerance.ts'
import { NotTaken, PACE, type Pace, submitOnce } from './submit-once.ts'
import { wireWorkflow } from './wire-spec.ts'

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

/** The state of a run at one look. */
interface Look {
  readonly snapshot: RunSnapshot
  readonly read: ReadGraph
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
  readonly #readers = new Map<string, GraphReader>()
  readonly #lastLooks = new Map<string, { readonly at: number; readonly look: Promise<Look> }>()
  #executors: Promise<readonly Executor[]> | undefined

  constructor(options: ColonyEngineOptions) {
    const { client, records, emit, outageTolerance: limit = OUTAGE_TOLERANCE, lookEvery: pause = LOOK_EVERY } = options
    this.#options = options
    this.#client = client
    this.#records = records
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
      const record = this.#record(run)
      if (record.colony?.graph !== undefined) return await this.read(run)
      await this.#send(record, isNew && this.#options.lookFirst === true)
      return snapshotOf(this.#record(run))
    })
  }

  async read(run: string): Promise<RunSnapshot> {
    return (await this.#look(run)).snapshot
  }

  async watch(run: string, { signal, onChange }: WatchOptions = {}): Promise<RunSnapshot> {
    let notifications: Notifications | undefined
    let last = ''
    try {
      for (;;) {
        signal?.throwIfAborted()
        const { snapshot, read } = await this.#outageTolerance.ask(run, () => this.#look(run), signal)
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
      const { snapshot, read } = await this.#lookWithin(run, pause)
      const sources = logSources(read, await this.#executorsOf(read))
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
    const record = this.#record(run)
    const graph = await this.#graphOf(record)
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

  #record(run: string): RunRecord {
    const record = this.#records.read(run)
    requireSamePlace(run, requirePart(record.colony, run), this.#client)
    return record
  }

  async #send(record: RunRecord, lookFirst: boolean): Promise<void> {
    const { run } = record
    const colony = requirePart(record.colony, run)
    const long = lookFirst ? new Date(Date.now() - LONG_AGO) : undefined
    try {
      const graph = await submitOnce(this.#client, {
        run,
        workflow: this.#wire(record),
        sentAt: colony.sentAt === undefined ? long : new Date(colony.sentAt),
        note: () => {
          const now = new Date()
          this.#records.write({ ...record, colony: { ...colony, sentAt: now.toISOString() } })
          return now
        },
        pace: this.#options.pace ?? PACE,
      })
      this.#outageTolerance.met()
      this.#setGraph(record, graph)
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error
      this.#records.remove(run)
      throw error.reason
    }
  }

  #setGraph({ run }: RunRecord, graph: string): void {
    const record = this.#record(run)
    this.#records.write({ ...record, colony: { ...requirePart(record.colony, run), graph } })
  }

  /** Returns the nodes as they were sent. */
  #wire({ run, nodes }: RunRecord) {
    const out = new Map(nodes.filter(({ reused }) => reused === true).map(({ nodename }) => [nodename, []]))
    const spec = withoutDone(this.#records.spec(run), { run, out })
    return wireWorkflow(spec, { colony: this.#client.colony, run })
  }

  /** Returns the id of the run's graph. Looks for it if a killed command didn't record it. */
  async #graphOf(record: RunRecord): Promise<string | undefined> {
    const { graph, sentAt } = requirePart(record.colony, record.run)
    if (graph !== undefined || sentAt === undefined) return graph
    const found = await findRun(this.#client, {
      run: record.run,
      mark: this.#wire(record).mark,
      since: new Date(sentAt),
    })
    if (found !== undefined) this.#setGraph(record, found)
    return found
  }

  /** Asks the colony for the current state of the run. */
  #look(run: string): Promise<Look> {
    const look = this.#readRun(run)
    this.#lastLooks.set(run, { at: performance.now(), look })
    return look
  }

  /** Like `#look`, but reuses a successful look from the last so many milliseconds. */
  async #lookWithin(run: string, milliseconds: number): Promise<Look> {
    const last = this.#lastLooks.get(run)
    const recent =
      last && performance.now() - last.at < milliseconds ? await last.look.catch(() => undefined) : undefined
    return recent ?? (await this.#look(run))
  }

  async #readRun(run: string): Promise<Look> {
    const record = this.#record(run)
    const graph = await this.#graphOf(record)
    if (graph === undefined)
      throw new CpmError('COLONY_UNCERTAIN', `the run ${run} is not in the colony`, {
        hint: 'its submission was interrupted: run the same cpm submit again',
        details: { run },
      })
    const read = await this.#readerOf(record, graph).look()
    const snapshot = await this.#snapshot(this.#record(run), read)
    const [before, after] = [this.#record(run), updatedRecord(this.#record(run), snapshot)]
    if (JSON.stringify(before) !== JSON.stringify(after)) this.#records.write(after)
    return { snapshot, read }
  }

  #readerOf(record: RunRecord, graph: string): GraphReader {
    const { run } = record
    const known = this.#readers.get(run)
    if (known) return known
    const { mark, spec } = this.#wire(record)
    const repeatable = spec.functionspecs.filter(({ maxretries, maxexectime }) => maxretries !== 0 && maxexectime > 0)
    const reader = new GraphReader(this.#client, {
      graph,
      label: mark.kind === 'label' ? mark.label : undefined,
      repeatable: new Set(repeatable.map(({ nodename }) => nodename)),
    })
    this.#readers.set(run, reader)
    return reader
  }

  async #snapshot(record: RunRecord, read: ReadGraph): Promise<RunSnapshot> {
    const before = snapshotOf(record)
    const nodes = nodeSnapshots(before.nodes, read, await this.#executorsOf(read))
    const { graph, processes } = read
    const ends = [...processes.values()].flatMap(({ endtime }) => endtime ?? [])
    ends.sort((a, b) => Date.parse(a) - Date.parse(b))
    return withEnd({ ...before, state: graph.state, nodes }, graph.endtime ?? ends.at(-1))
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

  /** Returns the executors of the colony. Requests them once, and only if part of a graph has run. */
  async #executorsOf({ processes }: ReadGraph): Promise<readonly Executor[]> {
    const isAssigned = [...processes.values()].some(({ assignedexecutorid }) => assignedexecutorid !== '')
    if (!isAssigned) return []
    this.#executors ??= this.#client.call(RPCS.getExecutors, { colonyname: this.#client.colony })
    return await this.#executors.catch((error: unknown) => {
      this.#executors = undefined
      throw error
    })
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
