import http from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'

/** A request that a proxy received. */
export interface ProxyAsked {
  /** `CONNECT`, or the method of a request with an absolute URL */
  readonly method: string
  readonly target: string
  readonly headers: http.IncomingHttpHeaders
}

interface ProxyOptions {
  /** the local port for each host; other hosts are rejected */
  hosts: Record<string, number>
  /** the Proxy-Authorization header that clients must send */
  authorization?: string
}

/** A local proxy that maps host names to local ports, for names that DNS doesn't know. */
export class Proxy {
  readonly asked: ProxyAsked[] = []
  readonly port: number
  readonly #server: http.Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: http.Server, { hosts, authorization }: ProxyOptions) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    const isRefused = (headers: http.IncomingHttpHeaders) =>
      authorization !== undefined && headers['proxy-authorization'] !== authorization
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
    })
    server.on('connect', (request, client: Socket) => {
      const { url = '', headers } = request
      this.asked.push({ method: 'CONNECT', target: url, headers })
      const port = hosts[url.replace(/:\d+$/, '')]
      if (port === undefined || isRefused(headers)) {
        client.end(`HTTP/1.1 ${isRefused(headers) ? '407 Who' : '502 Where'}\r\n\r\n`)
        return
      }
      const upstream = net.connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
      this.#sockets.add(upstream)
      upstream.on('error', () => client.destroy())
      client.on('error', () => upstream.destroy())
    })
    server.on('request', (request, response) => {
      const { method = '', url = '', headers } = request
      this.asked.push({ method, target: url, headers })
      const to = new URL(url)
      const port = hosts[to.hostname]
      if (port === undefined || isRefused(headers)) {
        response.writeHead(isRefused(headers) ? 407 : 502).end()
        return
      }
      const { 'proxy-authorization': _, ...passed } = headers
      const onward = http.request({ port, host: '127.0.0.1', method, path: to.pathname + to.search, headers: passed })
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      onward.on('error', () => response.destroy())
      request.pipe(onward)
    })
  }

  static async open(options: ProxyOptions): Promise<Proxy> {
    const server = http.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Proxy(server, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
