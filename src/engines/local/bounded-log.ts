import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { fileError, systemCode } from '../../core/errors.ts'

const append = promisify(fs.appendFile)
const close = promisify(fs.close)

/**
 * Appends what a process writes to a log. Keeps the beginning and the end, because a program usually reports a failure
 * last, and drops the middle. Everything is read, so that the process is never blocked. Destroying the stream ends the
 * log normally.
 */
export async function keepLog(stream: Readable, file: string, { head, tail }: LogLimits): Promise<void> {
  // Must not await before the first read: when a process ends, Node discards output that has not been read from yet.
  const { log, size } = openLog(file)
  const end = new End(tail)
  try {
    let left = Math.max(0, head - size)
    for await (const piece of stream) {
      const bytes = piece as Buffer // the stream has no encoding
      if (left > 0) await append(log, bytes.subarray(0, left))
      end.add(bytes.subarray(left))
      left = Math.max(0, left - bytes.length)
    }
  } catch (error) {
    if (systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw fileError(error, 'write', file)
  } finally {
    end.cut()
    if (end.dropped > 0) await append(log, `\n[cut by cpm: ${end.dropped} bytes are left out here]\n`)
    await append(log, end.bytes())
    await close(log)
  }
}

/** How many bytes to keep from the beginning and from the end of a log. */
export interface LogLimits {
  readonly head: number
  readonly tail: number
}

/** Keeps the last bytes of what is added. */
class End {
  dropped = 0
  readonly #most: number
  #pieces: Buffer[] = []
  #length = 0

  constructor(most: number) {
    this.#most = most
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#pieces.push(bytes)
    this.#length += bytes.length
    // Joining at every piece would be slow.
    if (this.#length > 2 * this.#most) this.cut()
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** Drops the bytes that exceed the limit. */
  cut(): void {
    const all = this.bytes()
    const kept = Buffer.from(all.subarray(Math.max(0, all.length - this.#most)))
    this.dropped += all.length - kept.length
    this.#pieces = [kept]
    this.#length = kept.length
  }
}

function openLog(file: string): { log: number; size: number } {
  try {
    const log = fs.openSync(file, 'a', 0o600)
    return { log, size: fs.fstatSync(log).size }
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}
