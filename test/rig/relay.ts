import { EventEmitter, once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import tls from 'node:tls'

interface RelayOptions {
  /** where the server is */
  to: { readonly host: string; readonly port: number }
  /** in PEM: clients connect with TLS, but the relay connects to the server without it */
  tls?: { readonly cert: string | Buffer; readonly key: string | Buffer }
  /** changes what the server sends, piece by piece, without changing its length */
  answer?: (text: string) => string
}

/**
 * Relays connections to a server and counts them. It can cut them and be unreachable for a while, like a network or a
 * server.
 */
export class Relay {
  /** the number of connections, including those whose TLS handshake failed */
  connections = 0
  /** what the clients sent, decrypted */
  sent = ''
  readonly port: number
  readonly #server: net.Server
  readonly #sockets = new Set<Socket>()
  readonly #arrivals = new EventEmitter()

  private constructor(server: net.Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async open({ to, tls: certificate, answer = (text) => text }: RelayOptions): Promise<Relay> {
    const server = certificate ? tls.createServer(certificate) : net.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const relay = new Relay(server)
    server.on('connection', (socket: Socket) => {
      relay.connections++
      relay.#keep(socket)
    })
    server.on('tlsClientError', () => undefined)
    server.on(certificate ? 'secureConnection' : 'connection', (client: Socket) => {
      relay.#keep(client)
      const upstream = net.connect(to.port, to.host)
      relay.#keep(upstream)
      client.on('data', (bytes: Buffer) => {
        relay.sent += bytes.toString('latin1')
        relay.#arrivals.emit('sent')
      })
      client.pipe(upstream)
      upstream.on('data', (bytes: Buffer) => client.write(Buffer.from(answer(bytes.toString('latin1')), 'latin1')))
      upstream.on('end', () => client.end())
      client.on('close', () => upstream.destroy())
      upstream.on('close', () => client.destroy())
    })
    return relay
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave()
  }

  /** Counts how often clients sent a text. */
  count(text: string): number {
    return this.sent.split(text).length - 1
  }

  /** Resolves once clients have sent a text this often. */
  async seen(text: string, times = 1): Promise<void> {
    while (this.count(text) < times) await once(this.#arrivals, 'sent')
  }

  /** Cuts all current connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Stops listening and cuts all connections. */
  async leave(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }

  /** Listens again, on the same port. */
  async comeBack(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
