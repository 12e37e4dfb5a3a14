import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { ErrorCode } from '../../src/schema/errors.ts'
import { answerFor, type Endpoint, type Exchange, jsonAnswer } from '../rig/registry-server.ts'

/**
 * The ways in which a registry, or anything between it and cpm, may misbehave. Each fault affects one kind of request,
 * while all others get honest responses. The outcome is what `cpm install` must report. docs/network.md has the same
 * list as a table.
 */
export interface Fault {
  readonly name: string
  /** the number of the threat that it tests */
  readonly threat?: 'C01' | 'C02' | 'C05' | 'C12'
  readonly outcome: Outcome | Partial<Record<Endpoint, Outcome>>
  /** the kinds of requests it affects; by default all that an install makes */
  readonly at?: readonly Endpoint[]
  /** what the client already knows of the index */
  readonly known?: 'nothing' | 'beginning' | 'beginning without a tag' | 'all'
  /** network.timeout in seconds; short if no response ever comes */
  readonly timeout?: number
  readonly api?: string | null
  /** it sends more than an honest registry, so cpm runs in a process of its own, whose memory is measured */
  readonly isLarge?: true
  readonly act: (exchange: Exchange) => void
}

/** `works`, or the code of the error. */
export type Outcome = 'works' | ErrorCode

export const ENDPOINTS: readonly Endpoint[] = ['config', 'index', 'envelopes', 'archive']
/** for faults that affect all requests alike */
const SOME: readonly Endpoint[] = ['index', 'archive']
const SHORT = 0.6

/** Writes raw bytes instead of a response. */
function raw({ socket }: Exchange, ...parts: (string | Buffer)[]): void {
  for (const part of parts) socket.write(part)
}

function head(status: string, headers: Record<string, string | number>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`
}

/** Returns the honest response's status line and headers, with changes. */
function headOf({ good }: Exchange, changes: Record<string, string | number | undefined> = {}): string {
  const headers: Record<string, string | number | undefined> = {
    ...good.headers,
    'content-length': good.body.length,
    ...changes,
  }
  const kept = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return head(`${good.status} OK`, Object.fromEntries(kept))
}

function untagged({ etag: _, ...headers }: Record<string, string>): Record<string, string> {
  return headers
}

/** Changes the body of the honest response, and omits its ETag, which would no longer match. */
function altered(change: (body: Buffer, exchange: Exchange) => Buffer) {
  return (exchange: Exchange) => {
    const { good, send } = exchange
    send({ ...good, headers: untagged(good.headers), body: change(good.body, exchange) })
  }
}

function once(act: (exchange: Exchange) => void) {
  return (exchange: Exchange) => {
    if (exchange.before === 0) act(exchange)
    else exchange.send(exchange.good)
  }
}

/** Sends bytes without end, as fast as the client reads them. */
function flood(exchange: Exchange, bytes: Buffer): void {
  const { socket } = exchange
  const push = () => {
    while (!socket.destroyed && socket.writable) if (!socket.write(bytes)) return
  }
  socket.on('drain', push)
  push()
}

/** Sends a few bytes every 50 ms, forever. */
function trickle({ socket }: Exchange, bytes: Buffer | string): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer)
    else socket.write(bytes)
  }, 50)
  socket.on('close', () => {
    clearInterval(timer)
  })
}

function status(code: number, headers: Record<string, string> = {}, body = '') {
  return ({ send }: Exchange) => {
    send({ status: code, headers, body: Buffer.from(body) })
  }
}

const LOGIN = '<!doctype html><title>Sign in</title><form action="/login"><input name="password"></form>'
const HTML = { 'content-type': 'text/html; charset=utf-8' }

/** Changes the evidence in the response. */
function evidence(change: (items: Record<string, unknown>[]) => unknown[]) {
  return ({ good, send }: Exchange) => {
    const { evidence: items } = JSON.parse(good.body.toString()) as { evidence: Record<string, unknown>[] }
    send(jsonAnswer(200, { evidence: change(items) }))
  }
}

/** Changes the text of the envelopes in the response. */
function envelope(change: (text: string) => string) {
  return evidence((items) =>
    items.map((item) => {
      const text = Buffer.from(String(item.envelope), 'base64').toString()
      return { ...item, envelope: Buffer.from(change(text)).toString('base64') }
    }),
  )
}

/** Cuts the first archive in the middle, and handles later requests with `act`. */
function cutThen(act: (exchange: Exchange) => void, tag?: string) {
  return (exchange: Exchange) => {
    if (exchange.before > 0) {
      act(exchange)
      return
    }
    const { good, socket } = exchange
    raw(
      exchange,
      headOf(exchange, tag === undefined ? {} : { etag: tag }),
      good.body.subarray(0, good.body.length >> 1),
    )
    setTimeout(() => socket.end(), 30)
  }
}

const UNREACHABLE = 'REGISTRY_UNREACHABLE'
const MISBEHAVED = 'REGISTRY_MISBEHAVED'
/** the expected size of an archive is known, so a wrong size means wrong contents */
const NOT_AS_PROMISED = {
  config: MISBEHAVED,
  index: MISBEHAVED,
  envelopes: MISBEHAVED,
  archive: 'DIGEST_MISMATCH',
} as const

const FAULTS_THAT_STAY: readonly Fault[] = [
  // Connections
  { name: 'the connection is reset', outcome: UNREACHABLE, act: ({ socket }) => void socket.resetAndDestroy() },
  { name: 'the connection is closed without a response', outcome: UNREACHABLE, act: ({ socket }) => void socket.end() },
  {
    name: 'the connection is closed without a response, once',
    outcome: 'works',
    act: once(({ socket }) => void socket.end()),
  },
  {
    name: 'each connection is closed without notice after one response',
    outcome: 'works',
    act: ({ good, send, response, socket }) => {
      response.on('finish', () => socket.end())
      send(good)
    },
  },
  { name: 'no response ever comes', outcome: UNREACHABLE, timeout: SHORT, act: () => undefined },
  {
    name: 'the connection is cut in the headers',
    outcome: UNREACHABLE,
    act: (exchange) => {
      raw(exchange, headOf(exchange).slice(0, 40))
      exchange.socket.end()
    },
  },
  {
    name: 'the connection is cut in the body',
    outcome: UNREACHABLE,
    act: (exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body.subarray(0, 40))
      exchange.socket.end()
    },
  },
  {
    name: 'the connection is cut in the body, once',
    outcome: 'works',
    act: once((exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body.subarray(0, 40))
      exchange.socket.end()
    }),
  },
  {
    name: 'an unsolicited second response follows',
    outcome: 'works',
    act: (exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body, head('200 OK', { 'content-length': 2 }), '{}')
    },
  },

  // Slowness
  {
    name: 'the headers arrive one byte at a time, forever',
    isLarge: true,
    threat: 'C05',
    at: SOME,
    outcome: UNREACHABLE,
    timeout: SHORT,
    act: (exchange) => {
      raw(exchange, 'HTTP/1.1 200 OK\r\nx: ')
      trickle(exchange, 'y')
    },
  },
  {
    name: 'the body arrives one byte at a time, forever',
    isLarge: true,
    threat: 'C05',
    outcome: UNREACHABLE,
    timeout: SHORT,
    act: (exchange) => {
      raw(exchange, headOf(exchange))
      trickle(exchange, exchange.good.body.subarray(0, 1))
    },
  },
  {
    name: 'the body stops in the middle',
    threat: 'C05',
    outcome: UNREACHABLE,
    timeout: SHORT,
    act: (exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body.subarray(0, 40))
    },
  },
  {
    name: 'the server sends 102 Processing forever',
    isLarge: true,
    at: SOME,
    outcome: UNREACHABLE,
    timeout: SHORT,
    act: (exchange) => {
      trickle(exchange, 'HTTP/1.1 102 Processing\r\n\r\n')
    },
  },

  // Lengths
  {
    name: "Content-Length is less than the body's length",
    outcome: { config: 'REGISTRY_INVALID', index: MISBEHAVED, envelopes: MISBEHAVED, archive: 'DIGEST_MISMATCH' },
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': exchange.good.body.length - 9 }), exchange.good.body)
    },
  },
  {
    name: 'Content-Length exceeds the body, and the connection closes',
    outcome: { config: UNREACHABLE, index: UNREACHABLE, envelopes: UNREACHABLE, archive: 'DIGEST_MISMATCH' },
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': exchange.good.body.length + 9 }), exchange.good.body)
      exchange.socket.end()
    },
  },
  {
    name: 'Content-Length exceeds the body, and the connection stays open',
    outcome: { config: UNREACHABLE, index: UNREACHABLE, envelopes: UNREACHABLE, archive: 'DIGEST_MISMATCH' },
    timeout: SHORT,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': exchange.good.body.length + 9 }), exchange.good.body)
    },
  },
  {
    name: 'Content-Length is negative',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': -1 }), exchange.good.body)
    },
  },
  {
    name: 'Content-Length has thirty digits',
    isLarge: true,
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': '9'.repeat(30) }), exchange.good.body)
    },
  },
  {
    name: 'Content-Length is ten terabytes',
    isLarge: true,
    threat: 'C05',
    outcome: NOT_AS_PROMISED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': 10 ** 13 }), exchange.good.body)
    },
  },
  {
    name: 'there are two Content-Length headers',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'Content-Length': 3 }), exchange.good.body)
    },
  },
  {
    name: 'there are both Content-Length and Transfer-Encoding',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'transfer-encoding': 'chunked' }), '5\r\nhello\r\n0\r\n\r\n')
    },
  },
  {
    name: 'the body has no length and never ends',
    isLarge: true,
    threat: 'C05',
    outcome: NOT_AS_PROMISED,
    timeout: 10,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': undefined }))
      flood(exchange, Buffer.alloc(1 << 20, 'x'))
    },
  },
  {
    name: 'the chunks never end',
    isLarge: true,
    threat: 'C05',
    outcome: NOT_AS_PROMISED,
    timeout: 10,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': undefined, 'transfer-encoding': 'chunked' }))
      flood(exchange, Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, 'x'), Buffer.from('\r\n')]))
    },
  },
  {
    name: "a chunk's size is not a number",
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(
        exchange,
        headOf(exchange, { 'content-length': undefined, 'transfer-encoding': 'chunked' }),
        'zz\r\nhello\r\n',
      )
    },
  },
  {
    name: "a chunk's size has forty digits",
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      const size = `${'f'.repeat(40)}\r\n`
      raw(exchange, headOf(exchange, { 'content-length': undefined, 'transfer-encoding': 'chunked' }), size)
    },
  },

  // Encodings
  {
    name: 'the body is a gzip bomb',
    isLarge: true,
    threat: 'C05',
    outcome: MISBEHAVED,
    act: ({ send, good }) => {
      const body = gzipSync(Buffer.alloc(64 << 20))
      send({ ...good, headers: { ...good.headers, 'content-encoding': 'gzip' }, body })
    },
  },
  {
    name: 'Content-Encoding is gzip, but the body is not',
    at: SOME,
    outcome: MISBEHAVED,
    act: ({ send, good }) => {
      send({ ...good, headers: { ...good.headers, 'content-encoding': 'gzip' } })
    },
  },
  {
    name: 'the body is compressed without Content-Encoding',
    outcome: { config: 'REGISTRY_INVALID', index: MISBEHAVED, envelopes: MISBEHAVED, archive: 'DIGEST_MISMATCH' },
    act: altered((body) => Buffer.from(gzipSync(body).filter((byte) => byte !== 0x0a))),
  },
  {
    name: 'the body is not UTF-8',
    outcome: { config: 'REGISTRY_INVALID', index: 'INDEX_INVALID', envelopes: MISBEHAVED },
    at: ['config', 'index', 'envelopes'],
    act: altered((body) => Buffer.concat([body.subarray(0, 4), Buffer.from([0xff, 0xfe]), body.subarray(4)])),
  },

  // Headers
  {
    name: 'a header contains a bare carriage return and another response',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      const junk = 'HTTP/1.1 200 OK\r\nx-id: 1\rset-cookie: a=b\rcontent-length: 2\r\n\r\n{}'
      raw(exchange, junk)
    },
  },
  {
    name: 'a header contains a NUL',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, 'HTTP/1.1 200 OK\r\nx-id: a\0b\r\ncontent-length: 2\r\n\r\n{}')
    },
  },
  {
    name: 'the headers are a megabyte long',
    isLarge: true,
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'x-filler': 'y'.repeat(1 << 20) }), exchange.good.body)
    },
  },
  {
    name: 'there are no headers, as in HTTP/0.9',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, exchange.good.body)
      exchange.socket.end()
    },
  },
  {
    name: 'the response is of another protocol',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, 'SSH-2.0-OpenSSH_9.6\r\n')
    },
  },
  {
    name: 'there are two ETags',
    outcome: { index: MISBEHAVED, archive: MISBEHAVED },
    at: ['index', 'archive'],
    act: (exchange) => {
      raw(exchange, headOf(exchange, { ETag: '"another"' }), exchange.good.body)
    },
  },
  {
    name: "the digest in the ETag is not the body's",
    outcome: MISBEHAVED,
    at: ['index'],
    act: ({ send, good }) => {
      send({ ...good, headers: { ...good.headers, etag: `"blake3-${'0'.repeat(64)}"` } })
    },
  },

  // Statuses
  { name: '401', outcome: 'AUTH_REQUIRED', act: status(401, HTML, LOGIN) },
  { name: '403', outcome: 'AUTH_FORBIDDEN', act: status(403, HTML, LOGIN) },
  {
    name: '404',
    outcome: {
      config: 'REGISTRY_INVALID',
      index: 'NO_SOLUTION',
      envelopes: MISBEHAVED,
      archive: 'REGISTRY_INVALID',
    },
    act: status(404, HTML, LOGIN),
  },
  { name: '410', at: SOME, outcome: MISBEHAVED, act: status(410) },
  { name: '500', outcome: UNREACHABLE, act: status(500) },
  { name: '500, once', outcome: 'works', act: once(status(500)) },
  { name: '502 with an HTML page', outcome: UNREACHABLE, act: status(502, HTML, LOGIN) },
  { name: '503', outcome: 'REGISTRY_BUSY', act: status(503, { 'retry-after': '0' }) },
  { name: '429 for an hour', outcome: 'REGISTRY_BUSY', act: status(429, { 'retry-after': '3600' }) },
  { name: '429, once', outcome: 'works', act: once(status(429, { 'retry-after': '0' })) },
  {
    name: '500 with ten megabytes of JSON',
    isLarge: true,
    threat: 'C05',
    outcome: UNREACHABLE,
    act: ({ send }) => {
      send(jsonAnswer(500, { error: { code: 'PACKAGE_NOT_FOUND', message: 'm'.repeat(10 << 20) } }))
    },
  },
  {
    name: '500 that claims there is no such package',
    outcome: UNREACHABLE,
    act: ({ send }) => {
      send(jsonAnswer(500, { error: { code: 'PACKAGE_NOT_FOUND', message: 'no such package' } }))
    },
  },
  {
    name: '403 that claims there is no such package',
    at: SOME,
    outcome: 'AUTH_FORBIDDEN',
    act: ({ send }) => {
      send(jsonAnswer(403, { error: { code: 'PACKAGE_NOT_FOUND', message: 'no such package' } }))
    },
  },
  {
    name: 'an empty body',
    outcome: { config: 'REGISTRY_INVALID', index: MISBEHAVED, envelopes: MISBEHAVED, archive: 'DIGEST_MISMATCH' },
    act: status(200),
  },
  { name: '204', at: SOME, outcome: MISBEHAVED, act: status(204) },
  {
    name: '206 to a request for the whole file',
    outcome: MISBEHAVED,
    act: ({ good, send }) => {
      send({ ...good, status: 206 })
    },
  },
  { name: '304 although nothing is known', outcome: MISBEHAVED, act: status(304) },
  {
    name: '101 Switching Protocols',
    at: SOME,
    outcome: UNREACHABLE,
    act: (exchange) => {
      raw(exchange, head('101 X', { upgrade: 'x', connection: 'upgrade' }))
    },
  },

  // Redirects
  {
    name: 'redirects form a loop',
    outcome: MISBEHAVED,
    act: ({ asked, send }) => {
      send({ status: 302, headers: { location: asked.url }, body: Buffer.alloc(0) })
    },
  },
  { name: 'a redirect has no location', at: SOME, outcome: MISBEHAVED, act: status(302) },
  {
    name: 'a redirect leads to a local file',
    at: SOME,
    outcome: MISBEHAVED,
    act: status(302, { location: 'file:///etc/passwd' }),
  },
  {
    name: 'a redirect has credentials in its URL',
    at: SOME,
    outcome: MISBEHAVED,
    act: status(302, { location: 'http://ada:secret@127.0.0.1:9/' }),
  },
  {
    name: 'a redirect leads to another host',
    outcome: { config: MISBEHAVED, index: MISBEHAVED, envelopes: MISBEHAVED, archive: UNREACHABLE },
    act: status(307, { location: 'http://127.0.0.2:9/elsewhere' }),
  },

  // Contents
  {
    name: 'a login page with the status 200',
    outcome: MISBEHAVED,
    act: status(200, HTML, LOGIN),
  },
  {
    name: 'JSON of the wrong shape',
    outcome: { config: 'REGISTRY_INVALID', index: MISBEHAVED, envelopes: MISBEHAVED, archive: 'DIGEST_MISMATCH' },
    act: ({ send }) => {
      send(jsonAnswer(200, [{ id: 'something else' }]))
    },
  },
  {
    name: 'JSON of a million brackets',
    isLarge: true,
    outcome: { config: 'REGISTRY_INVALID', envelopes: MISBEHAVED },
    at: ['config', 'envelopes'],
    act: ({ send, endpoint }) => {
      const depth = endpoint === 'config' ? 30_000 : 1_000_000
      send({ ...jsonAnswer(200, 0), body: Buffer.from('['.repeat(depth) + ']'.repeat(depth)) })
    },
  },
  {
    name: 'config.json names an API on another host',
    outcome: 'REGISTRY_INVALID',
    at: ['config'],
    api: 'http://127.0.0.2:9/',
    act: ({ good, send }) => {
      send(good)
    },
  },
  {
    name: "the registry is not the lock's",
    outcome: 'REGISTRY_UNKNOWN',
    at: ['config'],
    known: 'beginning',
    act: ({ good, send }) => {
      const config = JSON.parse(good.body.toString()) as object
      send(jsonAnswer(200, { ...config, id: 'another' }))
    },
  },
  {
    name: 'the archive has different bytes',
    threat: 'C01',
    outcome: 'DIGEST_MISMATCH',
    at: ['archive'],
    act: altered((body) => randomBytes(body.length)),
  },
  {
    name: 'an index with a tree other than the signed one',
    threat: 'C01',
    outcome: 'ENVELOPE_INVALID',
    at: ['index'],
    act: altered((body) =>
      Buffer.from(
        body
          .toString()
          .replace(
            /"tree":"blake3:(.{64})"/g,
            (_, tree: string) => `"tree":"blake3:${Buffer.from(tree).reverse().toString()}"`,
          ),
      ),
    ),
  },
  {
    name: 'an index with digests of another algorithm',
    threat: 'C12',
    outcome: 'INDEX_INVALID',
    at: ['index'],
    act: altered((body) => Buffer.from(body.toString().replaceAll('"blake3:', '"sha256:'))),
  },
  {
    name: 'an index that hides a dependency',
    outcome: 'ENVELOPE_INVALID',
    at: ['index'],
    act: altered((body) => Buffer.from(body.toString().replaceAll('"dependencies":{"b":"*"}', '"dependencies":{}'))),
  },
  {
    name: 'an index of another package',
    outcome: 'INDEX_INVALID',
    at: ['index'],
    act: altered((body) =>
      Buffer.from(body.toString().replaceAll('"name":"a"', '"name":"z"').replaceAll('"name":"b"', '"name":"y"')),
    ),
  },
  {
    name: 'the signatures are stripped',
    threat: 'C01',
    outcome: 'ENVELOPE_INVALID',
    at: ['envelopes'],
    act: envelope((text) => text.replace(/"signatures":\[.*\]/, '"signatures":[]')),
  },
  {
    name: 'an envelope with a wrong signature',
    threat: 'C01',
    outcome: 'SIGNATURE_INVALID',
    at: ['envelopes'],
    act: envelope((text) => text.replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`)),
  },
  {
    name: 'the envelopes are missing',
    threat: 'C01',
    outcome: 'ENVELOPE_INVALID',
    at: ['envelopes'],
    act: evidence((items) => items.map((item) => ({ ...item, envelope: null }))),
  },
  {
    name: 'the envelope of another package',
    threat: 'C01',
    outcome: 'ENVELOPE_INVALID',
    at: ['envelopes'],
    act: evidence((items) => items.map((item, index) => ({ ...item, envelope: items.at(index - 1)?.envelope }))),
  },
  {
    name: 'the owners of another package',
    threat: 'C01',
    outcome: 'OWNER_MISMATCH',
    at: ['envelopes'],
    act: evidence((items) => items.map((item, index) => ({ ...item, owners: items.at(index - 1)?.owners }))),
  },
  {
    name: 'no owners',
    threat: 'C01',
    outcome: 'OWNER_MISMATCH',
    at: ['envelopes'],
    act: evidence((items) => items.map((item) => ({ ...item, owners: '' }))),
  },
  {
    name: 'evidence for fewer packages than requested',
    outcome: MISBEHAVED,
    at: ['envelopes'],
    act: evidence((items) => items.slice(1)),
  },
  {
    name: 'evidence in a different order',
    outcome: MISBEHAVED,
    at: ['envelopes'],
    act: evidence((items) => items.reverse()),
  },

  // Known indexes
  {
    name: 'the whole index instead of its tail',
    outcome: 'works',
    at: ['index'],
    known: 'beginning',
    act: ({ whole, good, send }) => {
      send({ status: 200, headers: untagged(good.headers), body: whole ?? good.body })
    },
  },
  {
    name: 'a tail that starts at the wrong byte',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start + 1}-${end}/${total}`,
      body: body.subarray(1),
    })),
  },
  {
    name: 'a tail that declares a wrong total length',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({ range: `bytes ${start}-${end}/${total + 7}`, body })),
  },
  {
    name: 'a tail without a total length',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end }, body) => ({ range: `bytes ${start}-${end}/*`, body })),
  },
  {
    name: 'a tail without Content-Range',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange((_range, body) => ({ range: undefined, body })),
  },
  {
    name: 'a tail shorter than declared',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start}-${end}/${total}`,
      body: body.subarray(0, -5),
    })),
  },
  {
    name: 'a tail longer than declared',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start}-${end}/${total}`,
      body: Buffer.concat([body, Buffer.from('more\n')]),
    })),
  },
  {
    name: 'a tail of a different index',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start}-${end}/${total}`,
      body: Buffer.from(body.toString().replace('"name":"a"', '"name":"b"')),
    })),
  },
  {
    name: 'a tail and a whole index with an ETag of other bytes',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: ({ good, send }) => {
      send({ ...good, headers: { ...good.headers, etag: `"blake3-${'0'.repeat(64)}"` } })
    },
  },
  {
    name: '304 to a request without an ETag',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning without a tag',
    act: status(304),
  },
  {
    name: '416 for a tail: the index has shrunk',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: status(416, { 'content-range': 'bytes */20' }),
  },
  {
    name: '404 for a known index',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: status(404),
  },
  {
    name: 'an older index',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ asked, whole, send }) => {
      send(answerFor(asked.headers, firstLine(whole)))
    },
  },
  {
    name: 'a whole older index',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ whole, send }) => {
      send({ status: 200, headers: {}, body: firstLine(whole) })
    },
  },
  {
    name: 'a whole rewritten index',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ whole, send }) => {
      send({ status: 200, headers: {}, body: redated(whole) })
    },
  },
  {
    // The rewrite is reported before the new contents are parsed.
    name: "a whole index rewritten as another package's",
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ whole, send }) => {
      send({
        status: 200,
        headers: {},
        body: Buffer.from((whole?.toString() ?? '').replaceAll('"name":"a"', '"name":"z"')),
      })
    },
  },
  {
    name: 'an index rewritten before the overlap',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ asked, whole, send }) => {
      send(answerFor(asked.headers, redated(whole)))
    },
  },

  // Resumed downloads
  {
    name: 'cut, then the rest',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ good, send }) => {
      send(good)
    }),
  },
  {
    name: 'cut, then the whole file',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ good, whole, send }) => {
      send({ status: 200, headers: good.headers, body: whole ?? good.body })
    }),
  },
  {
    name: 'cut, then the rest of a different file',
    outcome: 'DIGEST_MISMATCH',
    at: ['archive'],
    act: cutThen(({ good, send }) => {
      send({ ...good, body: randomBytes(good.body.length) })
    }),
  },
  {
    name: 'cut, then the rest from the wrong byte, then the whole file',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(
      onRange(({ start, end, total }, body) => ({
        range: `bytes ${start + 1}-${end}/${total}`,
        body: body.subarray(1),
      })),
    ),
  },
  {
    name: 'cut, then a rest of the wrong length, then the whole file',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(
      onRange(({ start, total }, body) => ({
        range: `bytes ${start}-${total}/${total + 1}`,
        body: Buffer.concat([body, Buffer.from('x')]),
      })),
    ),
  },
  {
    name: 'cut, then the rest with a different ETag, then the whole file',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ good, send }) => {
      const other = {
        ...good,
        headers: { ...good.headers, etag: '"another"' },
        body: Buffer.from(good.body.map((byte) => byte ^ 1)),
      }
      send(good.status === 206 ? other : good)
    }),
  },
  {
    name: 'cut, then 416, then the whole file',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ good, send }) => {
      send(good.status === 206 ? { status: 416, headers: {}, body: Buffer.alloc(0) } : good)
    }),
  },
  {
    name: 'cut with a weak ETag, then the whole file',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ asked, good, send }) => {
      // Parts of equivalent but different files must not be combined.
      if (asked.headers.range === undefined) send(good)
      else send({ status: 400, headers: {}, body: Buffer.alloc(0) })
    }, 'W/"alike"'),
  },
  {
    name: 'cut, then different contents with a different ETag',
    outcome: 'DIGEST_MISMATCH',
    at: ['archive'],
    act: cutThen(({ whole, send }) => {
      send({ status: 200, headers: { etag: '"newer"' }, body: randomBytes(whole?.length ?? 0) })
    }),
  },
  {
    name: 'cut, then always the wrong part',
    outcome: MISBEHAVED,
    at: ['archive'],
    act: cutThen(({ whole, send }) => {
      const body = whole?.subarray(3) ?? Buffer.alloc(0)
      const range = `bytes 3-${body.length + 2}/${body.length + 3}`
      send({ status: 206, headers: { 'content-range': range }, body })
    }),
  },
]

/**
 * Faults that are errors only the second time: one bad response is more often a broken proxy or cache than an attack.
 */
const ALSO_ONCE: readonly string[] = [
  "Content-Length is less than the body's length",
  'Content-Length exceeds the body, and the connection closes',
  'Content-Length is ten terabytes',
  'the body is compressed without Content-Encoding',
  'the body is not UTF-8',
  "the digest in the ETag is not the body's",
  'an empty body',
  'a login page with the status 200',
  'JSON of the wrong shape',
  'the archive has different bytes',
  'an index of another package',
  'an envelope with a wrong signature',
  'the owners of another package',
  'evidence for fewer packages than requested',
  'a tail without Content-Range',
  'a tail longer than declared',
  'a tail of a different index',
  '404 for a known index',
  'a whole older index',
]

export const FAULTS: readonly Fault[] = [
  ...FAULTS_THAT_STAY,
  ...FAULTS_THAT_STAY.filter(({ name }) => ALSO_ONCE.includes(name)).map(onlyOnce),
]

function onlyOnce({ threat: _, ...fault }: Fault): Fault {
  return { ...fault, name: `${fault.name}, once`, outcome: 'works', act: once(fault.act) }
}

function firstLine(whole: Buffer | undefined): Buffer {
  return whole?.subarray(0, whole.indexOf(0x0a) + 1) ?? Buffer.alloc(0)
}

/** Returns the same records with other publication times: only bytes far before the end differ. */
function redated(whole: Buffer | undefined): Buffer {
  return Buffer.from((whole?.toString() ?? '').replace(/"publishedAt":"..../, '"publishedAt":"2001'))
}

interface Range {
  start: number
  end: number
  total: number
}

/** Changes responses to range requests; all others are honest. */
function onRange(change: (range: Range, body: Buffer) => { range: string | undefined; body: Buffer }) {
  return ({ good, send }: Exchange) => {
    const [, ...numbers] = /(\d+)-(\d+)\/(\d+)/.exec(good.headers['content-range'] ?? '') ?? []
    const [start = 0, end = 0, total = 0] = numbers.map(Number)
    if (good.status !== 206) {
      send(good)
      return
    }
    const { range, body } = change({ start, end, total }, good.body)
    const { 'content-range': _, ...headers } = good.headers
    send({ status: 206, headers: { ...headers, ...(range !== undefined && { 'content-range': range }) }, body })
  }
}
