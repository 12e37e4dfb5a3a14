import type { Executor } from '../../schema/colony/members.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import { withoutDone } from '../runs/retry.ts'
import type { RunRecord, RunRecords } from '../runs/run-records.ts'
import type { RunSnapshot } from '../runs/snapshot.ts'
import type { ColonyClient } from './client.ts'
import { requirePart, requireSamePlace, snapshotOf, updatedRecord, withEnd } from './colony-record.ts'
import { findRun } from './find-run.ts'
import { GraphReader, type ReadGraph } from './graph-reader.ts'
import { nodeSnapshots } from './node-snapshots.ts'
import { wireWorkflow } from './wire-spec.ts'

/** The state of a run at one look. */
export interface Look {
  readonly snapshot: RunSnapshot
  readonly read: ReadGraph
}

/** Reads runs from the colony, and keeps their records on this machine up to date. */
export class ColonyRuns {
  readonly #client: ColonyClient
  readonly #records: RunRecords
  readonly #readers = new Map<string, GraphReader>()
  readonly #lastLooks = new Map<string, { readonly at: number; readonly look: Promise<Look> }>()
  #executors: Promise<readonly Executor[]> | undefined

  constructor(client: ColonyClient, records: RunRecords) {
    this.#client = client
    this.#records = records
  }

  /** Returns the record of a run. @throws CpmError if it is a run of another colony, server or user */
  record(run: string): RunRecord {
    const record = this.#records.read(run)
    requireSamePlace(run, requirePart(record.colony, run), this.#client)
    return record
  }

  /** Records the id of the run's graph. */
  setGraph({ run }: RunRecord, graph: string): void {
    const record = this.record(run)
    this.#records.write({ ...record, colony: { ...requirePart(record.colony, run), graph } })
  }

  /** Returns the nodes as they were sent. */
  wire({ run, nodes }: RunRecord) {
    const out = new Map(nodes.filter(({ reused }) => reused === true).map(({ nodename }) => [nodename, []]))
    const spec = withoutDone(this.#records.spec(run), { run, out })
    return wireWorkflow(spec, { colony: this.#client.colony, run })
  }

  /** Returns the id of the run's graph. Looks for it if a killed command didn't record it. */
  async graphOf(record: RunRecord): Promise<string | undefined> {
    const { graph, sentAt } = requirePart(record.colony, record.run)
    if (graph !== undefined || sentAt === undefined) return graph
    const found = await findRun(this.#client, {
      run: record.run,
      mark: this.wire(record).mark,
      since: new Date(sentAt),
    })
    if (found !== undefined) this.setGraph(record, found)
    return found
  }

  /** Asks the colony for the current state of the run. */
  look(run: string): Promise<Look> {
    const look = this.#readRun(run)
    this.#lastLooks.set(run, { at: performance.now(), look })
    return look
  }

  /** Like `look`, but reuses a successful look from the last so many milliseconds. */
  async lookWithin(run: string, milliseconds: number): Promise<Look> {
    const last = this.#lastLooks.get(run)
    const recent =
      last && performance.now() - last.at < milliseconds ? await last.look.catch(() => undefined) : undefined
    return recent ?? (await this.look(run))
  }

  async #readRun(run: string): Promise<Look> {
    const record = this.record(run)
    const graph = await this.graphOf(record)
    if (graph === undefined)
      throw new CpmError('COLONY_UNCERTAIN', `the run ${run} is not in the colony`, {
        hint: 'its submission was interrupted: run the same cpm submit again',
        details: { run },
      })
    const read = await this.#readerOf(record, graph).look()
    const snapshot = await this.#snapshot(this.record(run), read)
    const [before, after] = [this.record(run), updatedRecord(this.record(run), snapshot)]
    if (JSON.stringify(before) !== JSON.stringify(after)) this.#records.write(after)
    return { snapshot, read }
  }

  #readerOf(record: RunRecord, graph: string): GraphReader {
    const { run } = record
    const known = this.#readers.get(run)
    if (known) return known
    const { mark, spec } = this.wire(record)
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
    const nodes = nodeSnapshots(before.nodes, read, await this.executorsOf(read))
    const { graph, processes } = read
    const ends = [...processes.values()].flatMap(({ endtime }) => endtime ?? [])
    ends.sort((a, b) => Date.parse(a) - Date.parse(b))
    return withEnd({ ...before, state: graph.state, nodes }, graph.endtime ?? ends.at(-1))
  }

  /** Returns the executors of the colony. Requests them once, and only if part of a graph has run. */
  async executorsOf({ processes }: ReadGraph): Promise<readonly Executor[]> {
    const isAssigned = [...processes.values()].some(({ assignedexecutorid }) => assignedexecutorid !== '')
    if (!isAssigned) return []
    this.#executors ??= this.#client.call(RPCS.getExecutors, { colonyname: this.#client.colony })
    return await this.#executors.catch((error: unknown) => {
      this.#executors = undefined
      throw error
    })
  }
}
