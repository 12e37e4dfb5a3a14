import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The part of RFC 6455 that a server needs for short text messages. */
export class WebSocketConnection {
  readonly #socket: Duplex
  #pending = Buffer.alloc(0)

  constructor({ headers }: IncomingMessage, socket: Duplex, onText: (text: string) => void) {
    this.#socket = socket
    const key = `${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, bytes])
      for (let text = this.#next(); text !== undefined; text = this.#next()) onText(text)
    })
  }

  send(text: string): void {
    const bytes = Buffer.from(text)
    const head = bytes.length < 126 ? Buffer.from([0x81, bytes.length]) : Buffer.from([0x81, 126, bytes.length >> 8, bytes.length & 0xff]) // prettier-ignore
    if (bytes.length > 0xffff) throw new Error('the text is too long')
    this.#socket.write(Buffer.concat([head, bytes]))
  }

  /** Ends the connection without a closing frame, like ColonyOS ends a subscription. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Returns the text of the next complete frame. Clients always mask their frames. */
  #next(): string | undefined {
    const bytes = this.#pending
    if (bytes.length < 6) return undefined
    const short = (bytes[1] ?? 0) & 0x7f
    const start = short === 126 ? 4 : 2
    const length = short === 126 ? bytes.readUInt16BE(2) : short
    const end = start + 4 + length
    if (bytes.length < end) return undefined
    const mask = bytes.subarray(start, start + 4)
    const body = bytes.subarray(start + 4, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
    this.#pending = bytes.subarray(end)
    if (((bytes[0] ?? 0) & 0x0f) === 8) {
      this.#socket.end()
      return undefined
    }
    return Buffer.from(body).toString('utf8')
  }
}
