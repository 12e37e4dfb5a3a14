import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import parseRange from 'range-parser'
import { blake3 } from '../../src/core/blake3.ts'
import { digestHex } from '../../src/schema/digest.ts'

/** A request as it arrived. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  readonly at: number
}

/** A response before it is sent. */
export interface Prepared {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** The parts of a registry, so that a fault can affect one and spare the others. */
export type Endpoint = 'config' | 'index' | 'keys' | 'envelope' | 'envelopes' | 'archive' | 'other'

export interface Exchange {
  readonly asked: Asked
  readonly endpoint: Endpoint
  /** the number of earlier requests to this endpoint */
  readonly before: number
  /** the response of an honest registry */
  readonly good: Prepared
  /** the current contents of the requested file */
  readonly whole: Buffer | undefined
  readonly response: http.ServerResponse
  readonly socket: Socket
  readonly send: (prepared: Prepared) => void
}

interface ServerOptions {
  /** `api` in config.json; null for a registry with files only */
  api?: string | null
  /** the path prefix of the registry, with slashes at both ends */
  prefix?: string
  /** handles a request instead of the server */
  act?: (exchange: Exchange) => void
  tls?: https.ServerOptions
  host?: string
  /** answers requests for other addresses, such as whoami */
  extra?: (asked: Asked) => Prepared | undefined
}

/** A small server for a folder registry. It is honest by default, and tests can change everything about a response. */
export class RegistryServer {
  readonly asked: Asked[] = []
  readonly url: string
  /** changes files before they are sent */
  edit: (key: string, bytes: Buffer) => Buffer | undefined = (_key, bytes) => bytes
  act: (exchange: Exchange) => void
  readonly #folder: string
  readonly #options: ServerOptions
  readonly #server: http.Server | https.Server
  readonly #sockets = new Set<Socket>()
  readonly #counts = new Map<Endpoint, number>()

  private constructor(folder: string, options: ServerOptions, server: http.Server | https.Server) {
    const { act, prefix = '/', host = '127.0.0.1', tls } = options
    this.#folder = folder
    this.#options = options
    this.#server = server
    const { port } = server.address() as AddressInfo
    this.url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${prefix}`
    this.act =
      act ??
      (({ good, send }) => {
        send(good)
      })
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      void this.#handle(request, response)
    })
  }

  static async open(folder: string, options: ServerOptions = {}): Promise<RegistryServer> {
    const server = options.tls ? https.createServer(options.tls) : http.createServer()
    await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve))
    return new RegistryServer(folder, options, server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Forgets all requests so far. */
  forget(): void {
    this.asked.length = 0
    this.#counts.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    response.on('error', () => undefined)
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const { method = '', url = '', headers } = request
    const asked: Asked = { method, url, headers, body: Buffer.concat(chunks).toString('latin1'), at: Date.now() }
    this.asked.push(asked)
    const key = this.#keyOf(url)
    const endpoint = endpointOf(key)
    const before = this.#counts.get(endpoint) ?? 0
    this.#counts.set(endpoint, before + 1)
    const good = this.#answer(asked, key)
    const send = ({ status, headers, body }: Prepared) => {
      response.writeHead(status, { 'content-length': String(body.length), ...headers })
      response.end(status === 304 ? undefined : body)
    }
    const whole = this.#read(key)
    this.act({ asked, endpoint, before, good, whole, response, socket: request.socket, send })
  }

  #keyOf(url: string): string {
    const { prefix = '/' } = this.#options
    const { pathname } = new URL(url, 'http://here')
    return pathname.startsWith(prefix) ? pathname.slice(prefix.length) : `outside:${pathname}`
  }

  #answer(asked: Asked, key: string): Prepared {
    const extra = this.#options.extra?.(asked)
    if (extra) return extra
    if (asked.method === 'POST' && key === 'api/v1/envelopes') return this.#evidence(asked)
    const bytes = asked.method === 'GET' ? this.#read(key) : undefined
    if (!bytes) return jsonAnswer(404, { error: { code: 'PACKAGE_NOT_FOUND', message: `there is no ${key}` } })
    return answerFor(
      asked.headers,
      bytes,
      endpointOf(key) === 'config' ? 'application/json' : 'application/octet-stream',
    )
  }

  #read(key: string): Buffer | undefined {
    const file = path.join(this.#folder, key)
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined
    const bytes = fs.readFileSync(file)
    if (key !== 'config.json') return this.edit(key, bytes)
    const config = { ...(JSON.parse(bytes.toString()) as object), api: this.#options.api ?? null }
    return this.edit(key, Buffer.from(JSON.stringify(config)))
  }

  #evidence({ body }: Asked): Prepared {
    const { releases } = JSON.parse(body) as { releases: { name: string; version: string }[] }
    const evidence = releases.map(({ name, version }) => ({
      name,
      version,
      owners: this.#read(`keys/${name}`)?.toString() ?? '',
      envelope:
        this.#read(`packages/${name}/${version}/${path.basename(name)}-${version}.dsse`)?.toString('base64') ?? null,
    }))
    return jsonAnswer(200, { evidence })
  }
}

export function jsonAnswer(status: number, value: unknown): Prepared {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) }
}

function endpointOf(key: string): Endpoint {
  if (key === 'config.json') return 'config'
  if (key.startsWith('index/')) return 'index'
  if (key.startsWith('keys/')) return 'keys'
  if (key.endsWith('.dsse')) return 'envelope'
  if (key.endsWith('.cpm')) return 'archive'
  return key === 'api/v1/envelopes' ? 'envelopes' : 'other'
}

/** Returns the response of an honest server to a request for some bytes. */
export function answerFor(
  headers: http.IncomingHttpHeaders,
  bytes: Buffer,
  type = 'application/octet-stream',
): Prepared {
  const etag = `"blake3-${digestHex(blake3(bytes))}"`
  const answer = { etag, 'content-type': type, 'accept-ranges': 'bytes' }
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: Buffer.alloc(0) }
  const { range, 'if-range': ifRange } = headers
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) {
    return { status: 200, headers: answer, body: bytes }
  }
  const ranges = parseRange(bytes.length, range)
  if (ranges === -1) {
    return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` }, body: Buffer.alloc(0) }
  }
  const [first] = ranges === -2 ? [] : ranges
  if (!first) return { status: 200, headers: answer, body: bytes }
  return {
    status: 206,
    headers: { ...answer, 'content-range': `bytes ${first.start}-${first.end}/${bytes.length}` },
    body: bytes.subarray(first.start, first.end + 1),
  }
}
