import net from 'node:net'

/** A connection for sending what no well-behaved client would. */
export class RawConnection {
  readonly #socket: net.Socket
  #received = ''
  /** resolves to everything received, once the server has closed the connection */
  readonly closed: Promise<string>

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => (this.#received += chunk.toString('latin1')))
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve(this.#received)
      })
    })
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = net.connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawConnection(socket)
  }

  get received(): string {
    return this.#received
  }

  write(text: string | Buffer): void {
    this.#socket.write(text)
  }

  /** Writes a text and disconnects as soon as it is sent. */
  async writeAndLeave(text: string): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#socket.write(text, () => {
        resolve()
      }),
    )
    this.#socket.destroy()
  }

  /** Stops reading, so that the server can't send any more. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Resolves once a condition holds for the received text. */
  async until(holds: (received: string) => boolean): Promise<string> {
    while (!holds(this.#received)) {
      await new Promise<void>((resolve, reject) => {
        const onClose = () => {
          reject(new Error(`the connection was closed after ${JSON.stringify(this.#received.slice(0, 200))}`))
        }
        this.#socket.once('close', onClose).once('data', () => {
          this.#socket.off('close', onClose)
          resolve()
        })
      })
    }
    return this.#received
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** Sends one request exactly as written and returns the complete response. */
export async function ask(port: number, line: string, headers: readonly string[] = []): Promise<RawAnswer> {
  const connection = await RawConnection.open(port)
  connection.write(`${[line, 'Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`)
  return readAnswer(await connection.closed)
}

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

export function readAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  return {
    status: Number(text.slice(9, 12)),
    head: text.slice(0, end).toLowerCase(),
    body: text.slice(end + 4),
  }
}
