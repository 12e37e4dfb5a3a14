import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  BODY_GRACE,
  BODY_STRETCH,
  LEAST_AVERAGE_BYTES_A_SECOND,
  LEAST_BYTES_A_STRETCH,
  LINGER_BYTES,
} from './limits.ts'

interface BodyWatch {
  /** how many bytes may come over the wire */
  most: number
  onSlow: () => void
  onTooLarge: () => void
}

/**
 * Watches a body while it arrives: one that trickles, falls behind its deadline, or never ends is given up. Once a request was answered before its body was read,
 * some of the rest is read and thrown away: a sender that is still writing would else lose the answer with the connection.
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
    // Whoever still reads the body learns that it has ended.
    if (isGivenUp) request.destroy()
    else if (!request.complete) linger(request)
  })
}

/** How much of a body must have come after so many milliseconds, if it is not to take a place for too long. */
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
