import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { fileError, systemCode } from '../../core/errors.ts'

/**
 * Appends what a process writes to a log, up to a size; the rest is read and dropped, so that the process is not held up.
 * A stream that is destroyed from outside ends the log in good order.
 */
export async function keepLog(stream: Readable, file: string, maxBytes: number): Promise<void> {
  const log = await open(file, 'a', 0o600)
  try {
    let left = maxBytes - (await log.stat()).size
    // A log that was cut before says so already, and is longer for it.
    let isCut = left < 0
    for await (const piece of stream) {
      const bytes = piece as Buffer // the stream has no encoding
      if (isCut) continue
      await log.appendFile(bytes.subarray(0, left))
      isCut = bytes.length > left
      if (isCut) await log.appendFile(`\n[cut by cpm: longer than ${maxBytes} bytes]\n`)
      left -= bytes.length
    }
  } catch (error) {
    if (systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw fileError(error, 'write', file)
  } finally {
    await log.close()
  }
}
