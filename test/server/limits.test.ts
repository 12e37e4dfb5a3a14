import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../server/http/app.ts'
import { BODY_GRACE, BODY_STRETCH, LEAST_AVERAGE_BYTES_A_SECOND } from '../../server/http/limits.ts'
import { limitBodyTime } from '../../server/http/body-timeout.ts'
import type { Services } from '../../server/services/services.ts'
import { leftovers } from '../faults/faulty.ts'
import { Rig } from '../rig/rig.ts'
import { type ServeProcess, serveProcess } from '../rig/serve.ts'
import { Author, publishTo } from './author.ts'
import { RawConnection, readAnswer } from './raw.ts'

let rig: Rig
let server: ServeProcess

beforeAll(async () => {
  await using author = await Author.create()
  rig = await Rig.create()
  server = await serveProcess(rig)
  await publishTo(server, await author.sign('a@1.0.0'))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

const head = (method: string, path: string, ...headers: string[]) =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${server.token}`, ...headers].join('\r\n')}\r\n`

/** Returns how many files and connections the server has open; 0 if the system doesn't report it. */
function openFiles(): number {
  const folder = `/proc/${server.pid}/fd`
  return fs.existsSync(folder) ? fs.readdirSync(folder).length : 0
}

async function readsAreAnswered(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const response = await fetch(`${server.url}/index/a`)
    expect(response.status).toBe(200)
    await response.arrayBuffer()
  }
}

/** Makes a request with a watched body that arrives by the test's clock. */
function watched(most: number) {
  const socket = { bytesRead: 1000 }
  const request = Object.assign(new PassThrough(), { socket, complete: false })
  const response = Object.assign(new EventEmitter(), { headersSent: false })
  const told: string[] = []
  limitBodyTime(request as unknown as IncomingMessage, response as unknown as ServerResponse, {
    most,
    onSlow: () => told.push('slow'),
    onTooLarge: () => told.push('large'),
  })
  return { socket, request, response, told }
}

describe('E17 a watched body', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is rejected once it exceeds the limit, however fast it is', () => {
    const { socket, told } = watched(100_000)
    for (let stretch = 0; stretch < 5; stretch++) {
      socket.bytesRead += 30_000
      vi.advanceTimersByTime(BODY_STRETCH)
      expect(told, `after ${stretch + 1}`).toEqual(stretch < 3 ? [] : ['large'])
    }
  })

  test('is rejected when it misses its deadline, whatever its declared length and even if it never pauses', () => {
    const { socket, told } = watched(1e9)
    const stretches = BODY_GRACE / BODY_STRETCH
    for (let stretch = 1; told.length === 0 && stretch < 100; stretch++) {
      socket.bytesRead += 1.1 * 1024 * (BODY_STRETCH / 1000)
      vi.advanceTimersByTime(BODY_STRETCH)
      expect(told, `after ${stretch}`).toEqual(stretch <= stretches ? [] : ['slow'])
    }
    const steady = watched(1e9)
    for (let stretch = 1; stretch < 100; stretch++) {
      steady.socket.bytesRead += (LEAST_AVERAGE_BYTES_A_SECOND * BODY_STRETCH) / 1000
      vi.advanceTimersByTime(BODY_STRETCH)
    }
    expect(steady.told).toEqual([])
  })

  test('is read a little further after the response, but not to the end', async () => {
    const { request, response } = watched(1e9)
    response.emit('finish')
    const chunk = Buffer.alloc(1 << 20)
    for (let i = 0; i < 8; i++) {
      request.write(chunk)
      await turnOfTheLoop()
    }
    expect(request.destroyed).toBe(false)
    request.write(chunk)
    await turnOfTheLoop()
    expect(request.destroyed).toBe(true)
  })
})

test('E17 a client that stops reading is cut off, and one that has read everything can reuse its connection', async () => {
  const body = Buffer.alloc(24 << 20)
  const lines = { type: 'application/x-ndjson', tag: 'x', immutable: false, body }
  const app = await createApp({
    services: {
      files: { index: () => Promise.resolve(lines) },
      metrics: { note: () => undefined },
      status: { config: { id: 'x', name: 'x' }, isDraining: () => false },
    } as unknown as Services,
    tokens: undefined as never,
    root: '/',
    private: false,
    closedBecause: undefined,
    cors: [],
    readerTimeout: 1500,
    emit: () => undefined,
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  try {
    const { port } = app.server.address() as AddressInfo
    const deaf = await RawConnection.open(port)
    const reader = await RawConnection.open(port)
    for (const connection of [deaf, reader]) connection.write('GET /index/a HTTP/1.1\r\nHost: x\r\n\r\n')
    deaf.pause()
    const isOpen = () =>
      new Promise<number>((resolve) =>
        app.server.getConnections((_error, count) => {
          resolve(count)
        }),
      )
    await reader.until((text) => text.length > body.length)
    await vi.waitFor(async () => {
      expect(await isOpen()).toBe(1)
    }, 10_000)
    reader.write('GET /index/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect((await reader.closed).length).toBeGreaterThan(2 * body.length)
    deaf.destroy()
  } finally {
    await app.close()
  }
})

/** Starts an upload that sends a beginning and never finishes. */
async function trickle(token: string, body: string): Promise<RawConnection> {
  const connection = await RawConnection.open(server.port)
  connection.write(
    `POST /api/v1/publish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000000\r\n\r\n${body}`,
  )
  return connection
}

describe('E17 a publisher', () => {
  const tokenFor = async (name: string) => {
    const made = await rig.cpm(['serve', 'token', 'create', '--json', '--scope', 'publish', '--packages', name])
    return (made.json.data as { token: string }).token
  }

  test('does not block others, even from the same address, with any number of slow uploads', async () => {
    await using author = await Author.create()
    const [theirs] = await author.sign('unrelated@1.0.0')
    if (!theirs) throw new Error('nothing was signed')
    const token = await tokenFor('unrelated')
    const part = (name: string) => `--x\r\ncontent-disposition: form-data; name="${name}"; filename="f"\r\n\r\n`
    // Some stop within the envelope, others once the server knows that they may publish that name.
    const begun = [
      `${part('envelope')}{`,
      `${part('envelope')}${theirs.envelope.toString()}\r\n${part('owners')}${theirs.owners.toString()}\r\n${part('archive')}`,
    ]
    const slow = await Promise.all(Array.from({ length: 24 }, (_, n) => trickle(token, begun[n % 2] ?? '')))
    const refused = () => slow.filter(({ received }) => received.includes('REGISTRY_BUSY')).length
    await vi.waitFor(() => {
      expect(refused()).toBeGreaterThan(0)
    }, 10_000)
    expect((await publishTo(server, await author.sign('honest@1.0.0'))).status).toBe(201)
    for (const connection of slow) connection.destroy()
  })

  test("holds no slot for somebody else's name", async () => {
    await using author = await Author.create()
    const [theirs] = await author.sign('somebodys@1.0.0')
    if (!theirs) throw new Error('nothing was signed')
    const token = await tokenFor('unrelated')
    const begin = `--x\r\ncontent-disposition: form-data; name="envelope"; filename="f"\r\n\r\n${theirs.envelope.toString()}\r\n--x\r\n`
    for (let i = 0; i < 12; i++) {
      const connection = await trickle(token, begin)
      const answer = readAnswer(await connection.until((text) => text.includes('"error"')))
      expect([answer.status, answer.body.includes('AUTH_FORBIDDEN')], answer.body).toEqual([403, true])
      connection.destroy()
    }
  })
})

test('E10 responses to wrong tokens are delayed more and more, while a valid token is answered at once', async () => {
  const ask = async (token: string) => {
    const before = performance.now()
    const { status } = await fetch(`${server.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })
    return { status, took: performance.now() - before }
  }
  const wrong = await Promise.all(Array.from({ length: 24 }, () => ask('cpm_wrong')))
  expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 401))
  expect(Math.max(...wrong.map(({ took }) => took))).toBeGreaterThan(750)
  const last = ask('cpm_wrong')
  expect(await ask(server.token)).toMatchObject({ status: 200 })
  expect((await last).took).toBeGreaterThan(900)
})

describe('E17 one client', () => {
  test('gets 408 for an idle connection or a slow body, while reads are answered', async () => {
    const before = openFiles()
    const silent = await Promise.all(Array.from({ length: 100 }, () => RawConnection.open(server.port)))
    const loris = await Promise.all(Array.from({ length: 200 }, () => RawConnection.open(server.port)))
    for (const connection of loris) connection.write('GET /index/a HTTP/1.1\r\nX: ')
    // They never read the response and never close their side.
    const deaf = await Promise.all(Array.from({ length: 100 }, () => RawConnection.open(server.port)))
    for (const connection of deaf) connection.pause()
    const slowJson = await RawConnection.open(server.port)
    slowJson.write(
      `${head('POST', '/api/v1/envelopes', 'Content-Type: application/json', 'Content-Length: 1000')}\r\n{`,
    )
    const slowUpload = await RawConnection.open(server.port)
    slowUpload.write(
      `${head('POST', '/api/v1/publish', 'Content-Type: multipart/form-data; boundary=x', 'Content-Length: 100000')}\r\n--x\r\ncontent-disposition: form-data; name="envelope"; filename="e"\r\n\r\n{`,
    )
    const refused = await RawConnection.open(server.port)
    refused.write(
      `POST /api/v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n--x`,
    )
    await readsAreAnswered()
    for (const connection of [...silent, ...loris])
      expect((await connection.closed).slice(0, 12)).toMatch(/^(?:HTTP\/1.1 408)?$/)
    for (const connection of [slowJson, slowUpload]) {
      const answer = readAnswer(await connection.closed)
      expect([answer.status, answer.body.includes('REQUEST_TIMEOUT')]).toEqual([408, true])
    }
    // A rejected client has its response at once. The connection is closed if the rest doesn't arrive.
    expect((await refused.closed).slice(0, 12)).toBe('HTTP/1.1 401')
    await readsAreAnswered()
    await vi.waitFor(() => {
      expect(openFiles()).toBeLessThanOrEqual(before + deaf.length / 2)
    }, 10_000)
    for (const connection of deaf) connection.destroy()
    expect(leftovers(rig.registry)).toEqual([])
  })

  test("can't send a body over the limit, even without declaring its length", async () => {
    const connection = await RawConnection.open(server.port)
    connection.write(
      `${head('POST', '/api/v1/envelopes', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}\r\n`,
    )
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    for (let i = 0; i < 40; i++) connection.write(chunk)
    const answer = readAnswer(await connection.until((text) => text.includes('REQUEST_TOO_LARGE')))
    expect(answer.status).toBe(413)
    connection.destroy()
  })

  test("can't send more parts or fields than packages can have", async () => {
    const form = new FormData()
    for (let i = 0; i < 3000; i++) form.append('envelope', 'x')
    const response = await fetch(`${server.url}/api/v1/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
      body: form,
    })
    expect([400, 413, 422]).toContain(response.status)
    await readsAreAnswered()
  })

  test('gets the response to a rejected body before its end, so that the body takes no memory', async () => {
    const begin = async (path: string) => {
      const connection = await RawConnection.open(server.port)
      connection.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000000\r\n\r\n`,
      )
      const answer = readAnswer(await connection.until((text) => text.includes('AUTH_REQUIRED')))
      expect(answer.status).toBe(401)
      return connection
    }
    ;(await begin('/packages')).destroy()
    const connection = await begin('/api/v1/publish')
    const chunk = Buffer.alloc(1 << 20)
    for (let i = 0; i < 32; i++) connection.write(chunk)
    // Some of it is read and discarded; then the connection is cut.
    await connection.closed
    await readsAreAnswered()
  })

  test.runIf(process.platform === 'linux')("can't fill the memory with an oversized field", async () => {
    const peak = () =>
      Number(/VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? 'unknown')
    const before = peak()
    const connection = await RawConnection.open(server.port)
    const begin = '--x\r\ncontent-disposition: form-data; name="envelope"\r\n\r\n'
    const end = '\r\n--x--\r\n'
    const chunk = Buffer.alloc(1 << 20, 'x')
    const length = begin.length + 256 * chunk.length + end.length
    connection.write(
      `${head('POST', '/api/v1/publish', 'Content-Type: multipart/form-data; boundary=x', `Content-Length: ${length}`)}\r\n${begin}`,
    )
    for (let i = 0; i < 256; i++) connection.write(chunk)
    connection.write(end)
    const answer = readAnswer(await connection.until((text) => text.includes('"error"')))
    expect([400, 413, 422], answer.body).toContain(answer.status)
    expect(peak() - before).toBeLessThan(128 * 1024)
    connection.destroy()
  })

  test('frees its slots when it disconnects in the middle of an upload', async () => {
    const connections = await Promise.all(Array.from({ length: 16 }, () => RawConnection.open(server.port)))
    for (const connection of connections) {
      connection.write(
        `${head('POST', '/api/v1/publish', 'Content-Type: multipart/form-data; boundary=x', 'Content-Length: 100000')}\r\n--x\r\ncontent-disposition: form-data; name="envelope"; filename="e"\r\n\r\n{`,
      )
    }
    for (const connection of connections) connection.destroy()
    // Publishing works again as soon as the server has noticed.
    await using author = await Author.create()
    const packages = await author.sign('b@1.0.0')
    let sent = await publishTo(server, packages)
    for (let tries = 0; tries < 500 && sent.status === 503; tries++) sent = await publishTo(server, packages)
    expect(sent.status).toBe(201)
    expect(leftovers(rig.registry)).toEqual([])
  })
})
