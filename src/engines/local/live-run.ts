import type { NodeRecord, RunRecord, RunRecords } from '../runs/run-records.ts'
import type { NodeSnapshot, RunSnapshot, RunState } from '../runs/snapshot.ts'
import type { NodeOutcome } from './run-node.ts'

/** milliseconds between two writes of the record, so that thousands of short nodes don't wait for the disk */
const WRITE_EVERY = 100

/** A run in this process: in memory, in its record and reported to its watchers. */
export class LiveRun {
  /** fulfilled when the run is over */
  readonly ended: Promise<void>
  readonly #records: RunRecords
  readonly #places: ReadonlyMap<string, number>
  readonly #started = new Map<string, number>()
  readonly #out: Map<string, readonly unknown[]>
  readonly #listeners = new Set<() => void>()
  readonly #record: RunRecord
  /** the nodes as others see them; unchanged nodes stay the same objects, because every change reports all nodes */
  readonly #shown: NodeSnapshot[]
  #writing: NodeJS.Timeout | undefined
  #writtenAt = 0
  /** why the record could not be written */
  #failure: unknown
  #end: { resolve: () => void; reject: (error: unknown) => void } = { resolve: ignore, reject: ignore }

  constructor(records: RunRecords, record: RunRecord, out: ReadonlyMap<string, readonly unknown[]>) {
    this.#records = records
    this.#record = record
    this.#places = new Map(record.nodes.map(({ nodename }, place) => [nodename, place]))
    this.#out = new Map(out)
    this.#shown = record.nodes.map((node) => shownNode(node, this.#out))
    this.ended = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
    // Callers that await the promise get the error. Without one it must not count as an unhandled rejection.
    this.ended.catch(ignore)
  }

  get snapshot(): RunSnapshot {
    return snapshotOf(this.#record, this.#records.folder(this.#record.run), [...this.#shown])
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  started(nodename: string): void {
    this.#started.set(nodename, performance.now())
    this.#change(nodename, (node) => {
      node.state = 'running'
      node.startedAt = new Date().toISOString()
    })
    this.#changed()
  }

  retried(nodename: string): void {
    this.#change(nodename, (node) => {
      node.retries = (node.retries ?? 0) + 1
    })
    this.#changed()
  }

  finished(nodename: string, outcome: NodeOutcome): void {
    const startedAt = this.#started.get(nodename)
    if (outcome.state === 'successful') this.#out.set(nodename, outcome.out)
    this.#change(nodename, (node) => {
      if (startedAt !== undefined) node.seconds = Math.round(performance.now() - startedAt) / 1000
      node.state = outcome.state
      if (outcome.state === 'failed' && outcome.error !== undefined) node.error = outcome.error
    })
    // A failure can end thousands of nodes that never ran, which the next change records together.
    if (startedAt !== undefined) this.#changed()
  }

  /** Returns the output of a node. */
  outOf(nodename: string): readonly unknown[] {
    return this.#out.get(nodename) ?? []
  }

  /** Closes the record. As in ColonyOS, a cancelled run stays cancelled even if a node had failed before. */
  close(): void {
    this.#record.state = worstOf(this.#record, ['cancelled', 'failed'])
    this.#record.finishedAt = new Date().toISOString()
    clearTimeout(this.#writing)
    this.#records.write(this.#record)
    this.#tell()
    this.#end.resolve()
  }

  /**
   * Ends the run after an error of the machine, such as a full disk. If the end can't be recorded either, the next
   * command that reads the run records it.
   */
  break(error: unknown): void {
    clearTimeout(this.#writing)
    const reason = error instanceof Error ? error.message : String(error)
    settle(this.#record, `cpm could not continue: ${reason}`)
    try {
      this.#records.write(this.#record)
    } catch {
      // The first error is more useful.
    }
    this.#end.reject(error)
  }

  #change(nodename: string, change: (node: NodeRecord) => void): void {
    const place = this.#places.get(nodename)
    const node = place === undefined ? undefined : this.#record.nodes[place]
    if (!node || place === undefined) throw new Error(`the run has no node ${nodename}`)
    change(node)
    this.#shown[place] = shownNode(node, this.#out)
  }

  #changed(): void {
    if (this.#failure !== undefined) throw this.#failure as Error // thrown by an earlier write
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

  /** Writes the record without waiting for the disk: if the machine crashes, the run is over anyway. */
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

/** Ends the record of an interrupted run: running nodes have failed and waiting nodes were cancelled. */
export function settle(record: RunRecord, error: string, at = new Date()): void {
  for (const node of record.nodes) {
    if (node.state === 'running') {
      node.state = 'failed'
      node.error = error
    } else if (node.state === 'waiting') node.state = 'cancelled'
  }
  record.state = worstOf(record, ['failed', 'cancelled'])
  record.finishedAt = at.toISOString()
}

function worstOf({ nodes }: RunRecord, order: readonly RunState[]): RunState {
  return order.find((state) => nodes.some((node) => node.state === state)) ?? 'successful'
}

/** Returns a record without the parts that only the engine needs. */
export function snapshotOf(
  { schemaVersion: _, local: _local, source: _source, ...record }: RunRecord,
  folder: string,
  nodes: readonly NodeSnapshot[],
): RunSnapshot {
  return { ...record, folder, nodes }
}

/** Returns a node with its output. */
export function shownNode(node: NodeRecord, out: ReadonlyMap<string, readonly unknown[]>): NodeSnapshot {
  return { ...node, ...(node.state === 'successful' && { out: out.get(node.nodename) ?? [] }) }
}

function ignore(): void {
  // nothing to do
}
