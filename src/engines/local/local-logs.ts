import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'
import { openRegular, regularStats } from '../../core/regular-file.ts'
import type { LogEntry, LogOptions } from '../engine.ts'
import type { RunRecords } from '../runs/run-records.ts'
import { hasEnded, isOver, type RunSnapshot } from '../runs/snapshot.ts'
import { NODE_FILES } from './run-function.ts'

const LOOK_EVERY = 200
const CHUNK = 64 * 1024

interface ReadOptions extends LogOptions {
  snapshot: () => RunSnapshot
}

/** Reads what the nodes wrote, in the order in which they started. Can follow a run while it writes. */
export async function* readLogs(
  records: RunRecords,
  run: string,
  { node: only, follow = false, signal, snapshot }: ReadOptions,
): AsyncGenerator<LogEntry> {
  const folder = records.folder(run)
  const tails = new Map<string, Tail[]>()
  for (;;) {
    // Taken before reading the logs, so that the logs of ended nodes are complete.
    const now = snapshot()
    for (const { nodename, state } of inOrder(now, only)) {
      const ends = hasEnded(state)
      const open = tails.get(nodename) ?? tailsOf(path.join(folder, nodename))
      tails.set(nodename, ends ? [] : open)
      for (const tail of open) {
        for await (const text of tail.read(ends || !follow)) {
          signal?.throwIfAborted()
          yield { node: nodename, stream: tail.stream, text }
        }
      }
    }
    if (!follow || isOver(now)) return
    await delay(LOOK_EVERY, undefined, { signal })
  }
}

/** Returns the nodes that have started, in the order in which they did. */
function inOrder({ nodes }: RunSnapshot, only: string | undefined) {
  const begun = nodes.filter((node) => node.startedAt !== undefined && (only === undefined || node.nodename === only))
  return begun.sort((a, b) => Date.parse(a.startedAt ?? '') - Date.parse(b.startedAt ?? ''))
}

function tailsOf(folder: string): Tail[] {
  return (['stdout', 'stderr'] as const).map((stream) => new Tail(stream, path.join(folder, NODE_FILES[stream])))
}

/** Reads whole lines from a growing file, each time from where it stopped. */
class Tail {
  readonly stream: 'stdout' | 'stderr'
  readonly #file: string
  readonly #decoder = new StringDecoder('utf8')
  #position = 0
  #rest = ''

  constructor(stream: 'stdout' | 'stderr', file: string) {
    this.stream = stream
    this.#file = file
  }

  /** @param all whether to read a last line without a line break */
  async *read(all: boolean): AsyncGenerator<string> {
    for await (const chunk of this.#chunks()) {
      this.#rest += chunk
      const end = this.#rest.lastIndexOf('\n')
      // A line that is longer than a chunk is returned in pieces.
      const cut = end < 0 && this.#rest.length > CHUNK ? this.#rest.length : end
      if (cut < 0) continue
      yield this.#rest.slice(0, cut)
      this.#rest = this.#rest.slice(end < 0 ? cut : end + 1)
    }
    if (!all) return
    this.#rest += this.#decoder.end()
    if (this.#rest !== '') yield this.#rest
    this.#rest = ''
  }

  async *#chunks(): AsyncGenerator<string> {
    const stats = regularStats(this.#file)
    if (!stats || stats.size <= this.#position) return
    const file = await openRegular(this.#file)
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#position)
        if (bytesRead === 0) return
        this.#position += bytesRead
        yield this.#decoder.write(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  }
}
