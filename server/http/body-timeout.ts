import type { IncomingMessage, ServerResponse } from 'node:http'
import { BODY_STRETCH, LEAST_BYTES_A_STRETCH, LINGER_BYTES } from './limits.ts'

interface BodyWatch {
  /** how many bytes may come over the wire */
  most: number
  onSlow: () => void
  onTooLarge: () => void
}

/**
 * Watches a body while it arrives: one that trickles, or never ends, is given up. Once a request was answered before its body was read,
 * some of the rest is read and thrown away: a sender that is still writing would else lose the answer with the connection.
 */
export function watchBody(
  request: IncomingMessage,
  response: ServerResponse,
  { most, onSlow, onTooLarge }: BodyWatch,
): void {
  const { socket } = request
  const start = socket.bytesRead
  let before = start
  let isGivenUp = false
  const timer = setInterval(() => {
    const now = socket.bytesRead
    if (now - before < LEAST_BYTES_A_STRETCH) giveUp(onSlow)
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

function linger(request: IncomingMessage): void {
  let left = LINGER_BYTES
  request.unpipe()
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  request.resume()
}
