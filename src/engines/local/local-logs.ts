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

/** What nodes wrote, those that began first first; while a run is followed, as it is written. */
export async function* readLogs(
  records: RunRecords,
  run: string,
  { node: only, follow = false, signal, snapshot }: ReadOptions,
): AsyncGenerator<LogEntry> {
  const folder = records.folder(run)
  const tails = new Map<string, Tail[]>()
  for (;;) {
    // Taken before the logs are read: what ended by now has written all it will.
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

/** The nodes that have begun, in the order in which they did. */
function inOrder({ nodes }: RunSnapshot, only: string | undefined) {
  const begun = nodes.filter((node) => node.startedAt !== undefined && (only === undefined || node.nodename === only))
  return begun.sort((a, b) => Date.parse(a.startedAt ?? '') - Date.parse(b.startedAt ?? ''))
}

function tailsOf(folder: string): Tail[] {
  return (['stdout', 'stderr'] as const).map((stream) => new Tail(stream, path.join(folder, NODE_FILES[stream])))
}

/** A file that grows, read on from where it was left, in whole lines. */
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

  /** @param all also a last line without an end */
  async *read(all: boolean): AsyncGenerator<string> {
    for await (const chunk of this.#chunks()) {
      this.#rest += chunk
      const end = this.#rest.lastIndexOf('\n')
      // A line that is longer than a chunk is told in pieces.
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
