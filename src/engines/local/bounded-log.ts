import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { fileError, systemCode } from '../../core/errors.ts'

const append = promisify(fs.appendFile)
const close = promisify(fs.close)

/**
 * Appends what a process writes to a log, up to a size; of the rest the end is kept, since a program says last why it failed.
 * What lies between is read and dropped, so that the process is not held up. A stream that is destroyed from outside ends the log in good order.
 */
export async function keepLog(stream: Readable, file: string, { head, tail }: LogLimits): Promise<void> {
  // Nothing is waited for before the first piece is asked for: at a process's end Node throws away what nobody has begun to read.
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

/** How many bytes of a log are kept from its beginning, and how many before its end. */
export interface LogLimits {
  readonly head: number
  readonly tail: number
}

/** The last bytes of what is added. */
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
    // Joined now and then, not for each piece.
    if (this.#length > 2 * this.#most) this.cut()
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** Drops what is more than it may hold. */
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
