import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { ErrorCode } from '../../src/schema/errors.ts'
import { answerFor, type Endpoint, type Exchange, jsonAnswer } from '../rig/registry-server.ts'

/**
 * Every way in which a registry, or what stands between it and cpm, may misbehave. Each befalls one kind of request, while all others are
 * answered honestly; the outcome is what `cpm install` must say of it. docs/network.md holds the same as a table.
 */
export interface Fault {
  readonly name: string
  /** the threat it stands for, among those that are tested by number */
  readonly threat?: 'C01' | 'C02' | 'C05' | 'C12'
  readonly outcome: Outcome | Partial<Record<Endpoint, Outcome>>
  /** where it makes sense; without it at every kind of request an installation makes */
  readonly at?: readonly Endpoint[]
  /** what the client knows already of the index */
  readonly known?: 'nothing' | 'beginning' | 'beginning without a tag' | 'all'
  /** how long cpm may wait for the server, in seconds; short where nothing ever comes */
  readonly timeout?: number
  readonly api?: string | null
  /** it passes: the memory that it takes is measured where it stays */
  readonly isBrief?: true
  readonly act: (exchange: Exchange) => void
}

/** `works`, or the code of the error. */
export type Outcome = 'works' | ErrorCode

export const ENDPOINTS: readonly Endpoint[] = ['config', 'index', 'envelopes', 'archive']
/** for what befalls any request alike */
const SOME: readonly Endpoint[] = ['index', 'archive']
const SHORT = 0.6

/** Writes bytes in place of an answer. */
function raw({ socket }: Exchange, ...parts: (string | Buffer)[]): void {
  for (const part of parts) socket.write(part)
}

function head(status: string, headers: Record<string, string | number>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`
}

/** The honest answer's head, with something about it changed. */
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

/** Changes the honest answer; its tag, which would give it away, is left out. */
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

/** A flow of bytes without an end, as fast as the client takes them. */
function flood(exchange: Exchange, bytes: Buffer): void {
  const { socket } = exchange
  const push = () => {
    while (!socket.destroyed && socket.writable) if (!socket.write(bytes)) return
  }
  socket.on('drain', push)
  push()
}

/** A few bytes now and then, for ever. */
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

/** The evidence of an answer, changed. */
function evidence(change: (items: Record<string, unknown>[]) => unknown[]) {
  return ({ good, send }: Exchange) => {
    const { evidence: items } = JSON.parse(good.body.toString()) as { evidence: Record<string, unknown>[] }
    send(jsonAnswer(200, { evidence: change(items) }))
  }
}

/** An envelope in base64, changed as text. */
function envelope(change: (text: string) => string) {
  return evidence((items) =>
    items.map((item) => {
      const text = Buffer.from(String(item.envelope), 'base64').toString()
      return { ...item, envelope: Buffer.from(change(text)).toString('base64') }
    }),
  )
}

/** Cuts the archive in its middle at first; what then is asked for is answered by `act`. */
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
/** of an archive it is known what is promised: bytes of another number are not those */
const NOT_AS_PROMISED = {
  config: MISBEHAVED,
  index: MISBEHAVED,
  envelopes: MISBEHAVED,
  archive: 'DIGEST_MISMATCH',
} as const

const FAULTS_THAT_STAY: readonly Fault[] = [
  // Connections
  { name: 'the connection is reset', outcome: UNREACHABLE, act: ({ socket }) => void socket.resetAndDestroy() },
  { name: 'the connection is closed without an answer', outcome: UNREACHABLE, act: ({ socket }) => void socket.end() },
  {
    name: 'the connection is closed without an answer, once',
    outcome: 'works',
    act: once(({ socket }) => void socket.end()),
  },
  {
    name: 'each connection is closed after one answer, without a word',
    outcome: 'works',
    act: ({ good, send, response, socket }) => {
      response.on('finish', () => socket.end())
      send(good)
    },
  },
  { name: 'no answer ever comes', outcome: UNREACHABLE, timeout: SHORT, act: () => undefined },
  {
    name: 'the connection is cut within the headers',
    outcome: UNREACHABLE,
    act: (exchange) => {
      raw(exchange, headOf(exchange).slice(0, 40))
      exchange.socket.end()
    },
  },
  {
    name: 'the connection is cut within the body',
    outcome: UNREACHABLE,
    act: (exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body.subarray(0, 40))
      exchange.socket.end()
    },
  },
  {
    name: 'the connection is cut within the body, once',
    outcome: 'works',
    act: once((exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body.subarray(0, 40))
      exchange.socket.end()
    }),
  },
  {
    name: 'a second answer follows that nobody asked for',
    outcome: 'works',
    act: (exchange) => {
      raw(exchange, headOf(exchange), exchange.good.body, head('200 OK', { 'content-length': 2 }), '{}')
    },
  },

  // Slowness
  {
    name: 'the headers come a byte at a time, for ever',
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
    name: 'the body comes a byte at a time, for ever',
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
    name: 'the server says 102 Processing for ever',
    at: SOME,
    outcome: UNREACHABLE,
    timeout: SHORT,
    act: (exchange) => {
      trickle(exchange, 'HTTP/1.1 102 Processing\r\n\r\n')
    },
  },

  // Lengths
  {
    name: 'Content-Length is less than the body',
    outcome: { config: 'REGISTRY_INVALID', index: MISBEHAVED, envelopes: MISBEHAVED, archive: 'DIGEST_MISMATCH' },
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': exchange.good.body.length - 9 }), exchange.good.body)
    },
  },
  {
    name: 'Content-Length is more than the body, and the connection is closed',
    outcome: { config: UNREACHABLE, index: UNREACHABLE, envelopes: UNREACHABLE, archive: 'DIGEST_MISMATCH' },
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': exchange.good.body.length + 9 }), exchange.good.body)
      exchange.socket.end()
    },
  },
  {
    name: 'Content-Length is more than the body, and the connection stays',
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
    name: 'Content-Length is larger than any number',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': '9'.repeat(30) }), exchange.good.body)
    },
  },
  {
    name: 'Content-Length is ten terabytes',
    threat: 'C05',
    outcome: NOT_AS_PROMISED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': 10 ** 13 }), exchange.good.body)
    },
  },
  {
    name: 'there are two Content-Lengths',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'Content-Length': 3 }), exchange.good.body)
    },
  },
  {
    name: 'there is Content-Length and Transfer-Encoding',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'transfer-encoding': 'chunked' }), '5\r\nhello\r\n0\r\n\r\n')
    },
  },
  {
    name: 'the body has no length and no end',
    threat: 'C05',
    outcome: NOT_AS_PROMISED,
    timeout: 10,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': undefined }))
      flood(exchange, Buffer.alloc(1 << 20, 'x'))
    },
  },
  {
    name: 'the chunks have no end',
    threat: 'C05',
    outcome: NOT_AS_PROMISED,
    timeout: 10,
    act: (exchange) => {
      raw(exchange, headOf(exchange, { 'content-length': undefined, 'transfer-encoding': 'chunked' }))
      flood(exchange, Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, 'x'), Buffer.from('\r\n')]))
    },
  },
  {
    name: "a chunk's size is no number",
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
    name: "a chunk's size is larger than any number",
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
    threat: 'C05',
    outcome: MISBEHAVED,
    act: ({ send, good }) => {
      const body = gzipSync(Buffer.alloc(64 << 20))
      send({ ...good, headers: { ...good.headers, 'content-encoding': 'gzip' }, body })
    },
  },
  {
    name: 'Content-Encoding says gzip of a body that is none',
    at: SOME,
    outcome: MISBEHAVED,
    act: ({ send, good }) => {
      send({ ...good, headers: { ...good.headers, 'content-encoding': 'gzip' } })
    },
  },
  {
    name: 'the body is compressed, and nothing says so',
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
    name: 'a header holds a bare carriage return and another answer',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      const junk = 'HTTP/1.1 200 OK\r\nx-id: 1\rset-cookie: a=b\rcontent-length: 2\r\n\r\n{}'
      raw(exchange, junk)
    },
  },
  {
    name: 'a header holds a NUL',
    at: SOME,
    outcome: MISBEHAVED,
    act: (exchange) => {
      raw(exchange, 'HTTP/1.1 200 OK\r\nx-id: a\0b\r\ncontent-length: 2\r\n\r\n{}')
    },
  },
  {
    name: 'the headers are a megabyte',
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
    name: 'the answer is of another protocol',
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
    name: "the ETag tells another digest than the body's",
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
  { name: '502 with a page of HTML', outcome: UNREACHABLE, act: status(502, HTML, LOGIN) },
  { name: '503', outcome: 'REGISTRY_BUSY', act: status(503, { 'retry-after': '0' }) },
  { name: '429 for an hour', outcome: 'REGISTRY_BUSY', act: status(429, { 'retry-after': '3600' }) },
  { name: '429, once', outcome: 'works', act: once(status(429, { 'retry-after': '0' })) },
  {
    name: '500 with ten megabytes of JSON',
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
    name: '206 where all was asked for',
    outcome: MISBEHAVED,
    act: ({ good, send }) => {
      send({ ...good, status: 206 })
    },
  },
  { name: '304 where nothing is known', outcome: MISBEHAVED, act: status(304) },
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
    name: 'redirects lead in a circle',
    outcome: MISBEHAVED,
    act: ({ asked, send }) => {
      send({ status: 302, headers: { location: asked.url }, body: Buffer.alloc(0) })
    },
  },
  { name: 'a redirect leads nowhere', at: SOME, outcome: MISBEHAVED, act: status(302) },
  {
    name: 'a redirect leads to a file of this machine',
    at: SOME,
    outcome: MISBEHAVED,
    act: status(302, { location: 'file:///etc/passwd' }),
  },
  {
    name: 'a redirect names a user',
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
    name: 'JSON of another shape',
    outcome: { config: 'REGISTRY_INVALID', index: MISBEHAVED, envelopes: MISBEHAVED, archive: 'DIGEST_MISMATCH' },
    act: ({ send }) => {
      send(jsonAnswer(200, [{ id: 'something else' }]))
    },
  },
  {
    name: 'JSON of a million brackets',
    outcome: { config: 'REGISTRY_INVALID', envelopes: MISBEHAVED },
    at: ['config', 'envelopes'],
    act: ({ send, endpoint }) => {
      const depth = endpoint === 'config' ? 30_000 : 1_000_000
      send({ ...jsonAnswer(200, 0), body: Buffer.from('['.repeat(depth) + ']'.repeat(depth)) })
    },
  },
  {
    name: 'config.json names an API at another host',
    outcome: 'REGISTRY_INVALID',
    at: ['config'],
    api: 'http://127.0.0.2:9/',
    act: ({ good, send }) => {
      send(good)
    },
  },
  {
    name: "the registry is another one than the lock's",
    outcome: 'REGISTRY_UNKNOWN',
    at: ['config'],
    known: 'beginning',
    act: ({ good, send }) => {
      const config = JSON.parse(good.body.toString()) as object
      send(jsonAnswer(200, { ...config, id: 'another' }))
    },
  },
  {
    name: 'other bytes of the archive',
    threat: 'C01',
    outcome: 'DIGEST_MISMATCH',
    at: ['archive'],
    act: altered((body) => randomBytes(body.length)),
  },
  {
    name: 'an index that says another tree than was signed',
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
    name: 'an index whose digests are of another algorithm',
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
    name: 'an envelope whose signature is of something else',
    threat: 'C01',
    outcome: 'SIGNATURE_INVALID',
    at: ['envelopes'],
    act: envelope((text) => text.replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`)),
  },
  {
    name: 'the envelopes are gone',
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
    name: 'evidence for fewer packages than asked',
    outcome: MISBEHAVED,
    at: ['envelopes'],
    act: evidence((items) => items.slice(1)),
  },
  {
    name: 'evidence in another order',
    outcome: MISBEHAVED,
    at: ['envelopes'],
    act: evidence((items) => items.reverse()),
  },

  // What is known already
  {
    name: 'the whole index where its tail was asked for',
    outcome: 'works',
    at: ['index'],
    known: 'beginning',
    act: ({ whole, good, send }) => {
      send({ status: 200, headers: untagged(good.headers), body: whole ?? good.body })
    },
  },
  {
    name: 'the tail from another byte than was asked for',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start + 1}-${end}/${total}`,
      body: body.subarray(1),
    })),
  },
  {
    name: 'a tail that says another length of the whole',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({ range: `bytes ${start}-${end}/${total + 7}`, body })),
  },
  {
    name: 'a tail that does not say how long the whole is',
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
    name: 'a tail that is shorter than it says',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start}-${end}/${total}`,
      body: body.subarray(0, -5),
    })),
  },
  {
    name: 'a tail that is longer than it says',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: onRange(({ start, end, total }, body) => ({
      range: `bytes ${start}-${end}/${total}`,
      body: Buffer.concat([body, Buffer.from('more\n')]),
    })),
  },
  {
    name: 'a tail of something that began otherwise',
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
    name: 'a tail whose ETag is of other bytes, as is that of the whole',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning',
    act: ({ good, send }) => {
      send({ ...good, headers: { ...good.headers, etag: `"blake3-${'0'.repeat(64)}"` } })
    },
  },
  {
    name: '304 where no tag was sent',
    outcome: MISBEHAVED,
    at: ['index'],
    known: 'beginning without a tag',
    act: status(304),
  },
  {
    name: '416 for a tail: the index became shorter',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: status(416, { 'content-range': 'bytes */20' }),
  },
  {
    name: '404 for an index that was there',
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
    name: 'an older index, the whole of it',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ whole, send }) => {
      send({ status: 200, headers: {}, body: firstLine(whole) })
    },
  },
  {
    name: 'an index that was rewritten, the whole of it',
    threat: 'C02',
    outcome: 'INDEX_REWRITTEN',
    at: ['index'],
    known: 'all',
    act: ({ whole, send }) => {
      send({ status: 200, headers: {}, body: redated(whole) })
    },
  },
  {
    // What was rewritten is told as that, before anybody tries to read it.
    name: 'an index that was rewritten as that of another package, the whole of it',
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
    name: 'an index that was rewritten before what is asked for again',
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
    name: 'cut, then the whole',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ good, whole, send }) => {
      send({ status: 200, headers: good.headers, body: whole ?? good.body })
    }),
  },
  {
    name: 'cut, then the rest of something else',
    outcome: 'DIGEST_MISMATCH',
    at: ['archive'],
    act: cutThen(({ good, send }) => {
      send({ ...good, body: randomBytes(good.body.length) })
    }),
  },
  {
    name: 'cut, then the rest from another byte, then the whole',
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
    name: 'cut, then a rest of another length, then the whole',
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
    name: 'cut, then the rest with another ETag, then the whole',
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
    name: 'cut, then 416, then the whole',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ good, send }) => {
      send(good.status === 206 ? { status: 416, headers: {}, body: Buffer.alloc(0) } : good)
    }),
  },
  {
    name: 'cut with a weak ETag, then the whole',
    outcome: 'works',
    at: ['archive'],
    act: cutThen(({ asked, good, send }) => {
      // Bytes of what is only alike must not be put together.
      if (asked.headers.range === undefined) send(good)
      else send({ status: 400, headers: {}, body: Buffer.alloc(0) })
    }, 'W/"alike"'),
  },
  {
    name: 'cut, then other contents under another ETag',
    outcome: 'DIGEST_MISMATCH',
    at: ['archive'],
    act: cutThen(({ whole, send }) => {
      send({ status: 200, headers: { etag: '"newer"' }, body: randomBytes(whole?.length ?? 0) })
    }),
  },
  {
    name: 'cut, then always another part than was asked for',
    outcome: MISBEHAVED,
    at: ['archive'],
    act: cutThen(({ whole, send }) => {
      const body = whole?.subarray(3) ?? Buffer.alloc(0)
      const range = `bytes 3-${body.length + 2}/${body.length + 3}`
      send({ status: 206, headers: { 'content-range': range }, body })
    }),
  },
]

/** What is an alarm only if it comes twice: one bad answer is more often a broken proxy or cache than an attack. */
const ALSO_ONCE: readonly string[] = [
  'Content-Length is less than the body',
  'Content-Length is more than the body, and the connection is closed',
  'Content-Length is ten terabytes',
  'the body is compressed, and nothing says so',
  'the body is not UTF-8',
  "the ETag tells another digest than the body's",
  'an empty body',
  'a login page with the status 200',
  'JSON of another shape',
  'other bytes of the archive',
  'an index of another package',
  'an envelope whose signature is of something else',
  'the owners of another package',
  'evidence for fewer packages than asked',
  'a tail without Content-Range',
  'a tail that is longer than it says',
  'a tail of something that began otherwise',
  '404 for an index that was there',
  'an older index, the whole of it',
]

export const FAULTS: readonly Fault[] = [
  ...FAULTS_THAT_STAY,
  ...FAULTS_THAT_STAY.filter(({ name }) => ALSO_ONCE.includes(name)).map(onlyOnce),
]

function onlyOnce({ threat: _, ...fault }: Fault): Fault {
  return { ...fault, name: `${fault.name}, once`, outcome: 'works', isBrief: true, act: once(fault.act) }
}

function firstLine(whole: Buffer | undefined): Buffer {
  return whole?.subarray(0, whole.indexOf(0x0a) + 1) ?? Buffer.alloc(0)
}

/** The same records, published at another time: only bytes far before the end differ. */
function redated(whole: Buffer | undefined): Buffer {
  return Buffer.from((whole?.toString() ?? '').replace(/"publishedAt":"..../, '"publishedAt":"2001'))
}

interface Range {
  start: number
  end: number
  total: number
}

/** Changes answers to requests for a range; all others are honest. */
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
