import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { fileError, systemCode } from '../../core/errors.ts'

const append = promisify(fs.appendFile)
const close = promisify(fs.close)

/**
 * Appends what a process writes to a log, up to a size; the rest is read and dropped, so that the process is not held up.
 * A stream that is destroyed from outside ends the log in good order.
 */
export async function keepLog(stream: Readable, file: string, maxBytes: number): Promise<void> {
  // Nothing is waited for before the first piece is asked for: at a process's end Node throws away what nobody has begun to read.
  const { log, size } = openLog(file)
  try {
    let left = maxBytes - size
    // A log that was cut before says so already, and is longer for it.
    let isCut = left < 0
    for await (const piece of stream) {
      const bytes = piece as Buffer // the stream has no encoding
      if (isCut) continue
      await append(log, bytes.subarray(0, left))
      isCut = bytes.length > left
      if (isCut) await append(log, `\n[cut by cpm: longer than ${maxBytes} bytes]\n`)
      left -= bytes.length
    }
  } catch (error) {
    if (systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw fileError(error, 'write', file)
  } finally {
    await close(log)
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
