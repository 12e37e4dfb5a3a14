import type { NodeRecord, RunRecord, RunRecords } from '../runs/run-records.ts'
import type { RunSnapshot, RunState } from '../runs/snapshot.ts'
import type { NodeOutcome } from './run-node.ts'

/** milliseconds between two writings of the record: thousands of short nodes would otherwise wait for the disk */
const WRITE_EVERY = 100

/** A run that lives in this process: in memory, in its record, and told to who watches. */
export class LiveRun {
  /** fulfilled when the run is over */
  readonly ended: Promise<void>
  readonly #records: RunRecords
  readonly #nodes: ReadonlyMap<string, NodeRecord>
  readonly #started = new Map<string, number>()
  readonly #out: Map<string, readonly unknown[]>
  readonly #listeners = new Set<() => void>()
  readonly #record: RunRecord
  #writing: NodeJS.Timeout | undefined
  #writtenAt = 0
  /** why the record could not be written */
  #failure: unknown
  #end: { resolve: () => void; reject: (error: unknown) => void } = { resolve: ignore, reject: ignore }

  constructor(records: RunRecords, record: RunRecord, out: ReadonlyMap<string, readonly unknown[]>) {
    this.#records = records
    this.#record = record
    this.#nodes = new Map(record.nodes.map((node) => [node.nodename, node]))
    this.#out = new Map(out)
    this.ended = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
    // Who waits gets the error; without anybody who does it is no error of the process.
    this.ended.catch(ignore)
  }

  get snapshot(): RunSnapshot {
    return snapshotOf(this.#record, this.#records.folder(this.#record.run), this.#out)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  started(nodename: string): void {
    const node = this.#node(nodename)
    node.state = 'running'
    node.startedAt = new Date().toISOString()
    this.#started.set(nodename, performance.now())
    this.#changed()
  }

  retried(nodename: string): void {
    const node = this.#node(nodename)
    node.retries = (node.retries ?? 0) + 1
    this.#changed()
  }

  finished(nodename: string, outcome: NodeOutcome): void {
    const node = this.#node(nodename)
    const startedAt = this.#started.get(nodename)
    if (startedAt !== undefined) node.seconds = Math.round(performance.now() - startedAt) / 1000
    node.state = outcome.state
    if (outcome.state === 'successful') this.#out.set(nodename, outcome.out)
    if (outcome.state === 'failed' && outcome.error !== undefined) node.error = outcome.error
    // A failure can end thousands that never ran, which the next change writes down all together.
    if (startedAt !== undefined) this.#changed()
  }

  /** What a node handed to its children. */
  outOf(nodename: string): readonly unknown[] {
    return this.#out.get(nodename) ?? []
  }

  /** Closes the record: failed when a node failed, cancelled when something never got to its end, else successful. */
  close(): void {
    const states = [...this.#nodes.values()].map(({ state }) => state)
    this.#record.state = endOf(states)
    this.#record.finishedAt = new Date().toISOString()
    clearTimeout(this.#writing)
    this.#records.write(this.#record)
    this.#tell()
    this.#end.resolve()
  }

  /** Something went wrong with the machine, as a full disk. */
  break(error: unknown): void {
    clearTimeout(this.#writing)
    this.#end.reject(error)
  }

  #node(nodename: string): NodeRecord {
    const node = this.#nodes.get(nodename)
    if (!node) throw new Error(`the run has no node ${nodename}`)
    return node
  }

  #changed(): void {
    if (this.#failure !== undefined) throw this.#failure as Error // what writing threw
    const wait = this.#writtenAt + WRITE_EVERY - performance.now()
    if (wait <= 0) this.#write()
    else {
      this.#writing ??= setTimeout(() => {
        try {
          this.#write()
        } catch (error) {
          this.#failure = error
        }
      }, wait)
    }
    this.#tell()
  }

  /** On the way nothing waits for the disk: after a crash of the machine the run is over in any case. */
  #write(): void {
    clearTimeout(this.#writing)
    this.#writing = undefined
    this.#records.write(this.#record, { durable: false })
    this.#writtenAt = performance.now()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

export function endOf(states: readonly RunState[]): RunState {
  if (states.includes('failed')) return 'failed'
  return states.every((state) => state === 'successful') ? 'successful' : 'cancelled'
}

/** A record as others see it: without what only the engine needs, with its outputs. */
export function snapshotOf(
  { schemaVersion: _, local: _local, source: _source, nodes, ...record }: RunRecord,
  folder: string,
  out: ReadonlyMap<string, readonly unknown[]>,
): RunSnapshot {
  return {
    ...record,
    folder,
    nodes: nodes.map((node) => ({
      ...node,
      ...(node.state === 'successful' && { out: out.get(node.nodename) ?? [] }),
    })),
  }
}

function ignore(): void {
  // nothing to be done
}
