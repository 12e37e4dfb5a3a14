import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  BODY_GRACE,
  BODY_STRETCH,
  LEAST_AVERAGE_BYTES_A_SECOND,
  LEAST_BYTES_A_STRETCH,
  LINGER_BYTES,
} from './limits.ts'

interface BodyWatch {
  /** how many bytes may arrive over the wire */
  most: number
  onSlow: () => void
  onTooLarge: () => void
}

/**
 * Watches a body while it arrives, and gives up on one that trickles, misses its deadline or never ends. If the request
 * is answered before its body is read, some of the rest is read and discarded: otherwise, a client that is still
 * sending would lose the response together with the connection.
 */
export function limitBodyTime(
  request: IncomingMessage,
  response: ServerResponse,
  { most, onSlow, onTooLarge }: BodyWatch,
): void {
  const { socket } = request
  const start = socket.bytesRead
  let before = start
  let isGivenUp = false
  let stretches = 0
  const timer = setInterval(() => {
    const now = socket.bytesRead
    const due = bytesDueAfter(++stretches * BODY_STRETCH)
    if (now - before < LEAST_BYTES_A_STRETCH || now - start < due) giveUp(onSlow)
    else if (now - start > most) giveUp(onTooLarge)
    before = now
  }, BODY_STRETCH)
  const giveUp = (tell: () => void) => {
    clearInterval(timer)
    isGivenUp = true
    if (response.headersSent) request.destroy()
    else tell()
  }
  const stop = () => {
    clearInterval(timer)
  }
  request.once('end', stop).once('close', stop)
  response.once('finish', () => {
    // Anything that is still reading the body learns that it has ended.
    if (isGivenUp) request.destroy()
    else if (!request.complete) linger(request)
  })
}

/** Returns how many bytes of a body must have arrived after this many milliseconds. */
function bytesDueAfter(elapsed: number): number {
  return (Math.max(0, elapsed - BODY_GRACE) / 1000) * LEAST_AVERAGE_BYTES_A_SECOND
}

function linger(request: IncomingMessage): void {
  let left = LINGER_BYTES
  request.unpipe()
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  request.resume()
}
