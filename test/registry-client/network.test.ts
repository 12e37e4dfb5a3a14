import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { retryAfter } from '../../src/registry-client/retry.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { type Exchange, jsonAnswer, RegistryServer } from '../rig/registry-server.ts'

let rig: Rig

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish(
    ['a@1.0.0', { dependencies: { b: '*' } }],
    ['b@1.0.0', { dependencies: { c: '*' } }],
    ['c@1.0.0', { files: { 'data.bin': randomBytes(400_000) } }],
    '@acme/x@1.0.0',
    'e@1.0.0',
  )
  await rig.publish(['e@2.0.0', { dependencies: { c: '*' } }])
})
afterAll(() => rig[Symbol.asyncDispose]())

interface Machine {
  readonly home: string
  readonly project: string
  cpm(line: string, env?: Record<string, string>): Promise<CpmResult>
}

function machine(url: string, dependencies: Record<string, string>, settings: object = {}): Machine {
  const home = fs.mkdtempSync(rig.path('home-'))
  rig.write({ 'config.json': JSON.stringify({ network: { timeout: 5, retries: 2 }, ...settings }) }, home)
  const project = rig.project({ dependencies })
  return {
    home,
    project,
    cpm: (line, env = {}) =>
      rig.cpm(`${line} --json`, { cwd: project, env: { CPM_HOME: home, CPM_REGISTRY: url, ...env } }),
  }
}

/** Sends part of the honest response, and then either stalls or closes the connection. */
function part({ good, socket }: Exchange, length: number, { close }: { close: boolean }): void {
  const headers = Object.entries({ ...good.headers, 'content-length': String(good.body.length) })
  socket.write(`HTTP/1.1 ${good.status} OK\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  socket.write(good.body.subarray(0, length), () => {
    if (close) socket.end()
  })
}

describe('G07 an interrupted download', () => {
  test('resumes with the ETag of what it has, as long as it makes progress', async () => {
    await using server = await RegistryServer.open(rig.registry)
    server.act = (exchange) => {
      if (exchange.endpoint === 'archive' && exchange.good.body.length > 100_000)
        part(exchange, 90_000, { close: true })
      else exchange.send(exchange.good)
    }
    const pc = machine(server.url, { c: '*' }, { network: { timeout: 5, retries: 0 } })
    const { code, stdout } = await pc.cpm('install')
    expect(code, stdout).toBe(0)
    const [first, ...others] = server.asked.filter(({ url }) => url.endsWith('.cpm'))
    expect(first?.headers.range).toBeUndefined()
    expect(others.length).toBeGreaterThanOrEqual(3)
    for (const { headers } of others) {
      expect(headers.range).toMatch(/^bytes=[1-9]\d*-$/)
      expect(headers['if-range']).toMatch(/^"blake3-/)
    }
  })

  test('resumes after it became too slow', async () => {
    await using server = await RegistryServer.open(rig.registry)
    server.act = (exchange) => {
      if (exchange.endpoint === 'archive' && exchange.before === 0) part(exchange, 200_000, { close: false })
      else exchange.send(exchange.good)
    }
    const pc = machine(server.url, { c: '*' }, { network: { timeout: 1, retries: 1 } })
    const { code, stdout } = await pc.cpm('install')
    expect(code, stdout).toBe(0)
    expect(server.asked.filter(({ url }) => url.endsWith('.cpm'))[1]?.headers.range).toMatch(/^bytes=\d{5,}-$/)
  })

  test('starts over without a strong ETag', async () => {
    for (const etag of [undefined, 'W/"alike"', 'no tag at all']) {
      await using server = await RegistryServer.open(rig.registry)
      server.act = ({ good, ...exchange }) => {
        const { etag: _, ...headers } = good.headers
        const changed = { ...good, headers: { ...headers, ...(etag !== undefined && { etag }) } }
        if (exchange.endpoint === 'archive' && exchange.before === 0)
          part({ ...exchange, good: changed }, 90_000, { close: true })
        else exchange.send(changed)
      }
      const { code, stdout } = await machine(server.url, { c: '*' }).cpm('install')
      expect(code, stdout).toBe(0)
      expect(server.asked.filter(({ url, headers }) => url.endsWith('.cpm') && headers.range !== undefined)).toEqual([])
    }
  })
})

describe('G07 Retry-After', () => {
  test('is respected', async () => {
    await using server = await RegistryServer.open(rig.registry)
    server.act = ({ endpoint, before, good, send }) => {
      if (endpoint !== 'config' || before > 0) send(good)
      else send({ status: 503, headers: { 'retry-after': '1' }, body: Buffer.alloc(0) })
    }
    expect((await machine(server.url, { c: '*' }).cpm('install')).code).toBe(0)
    const [first, second] = server.asked
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  test('of more than a minute ends the command, and the hint says how long to wait', async () => {
    await using server = await RegistryServer.open(rig.registry)
    server.act = ({ send }) => {
      send({ status: 429, headers: { 'retry-after': '86400' }, body: Buffer.alloc(0) })
    }
    const { code, json } = await machine(server.url, { c: '*' }).cpm('install')
    expect([code, json.error?.code, server.asked.length]).toEqual([8, 'REGISTRY_BUSY', 1])
    expect(json.error?.hint).toContain('86400 s')
  })

  test.each([
    ['0', 0],
    ['120', 120],
    ['Wed, 21 Oct 2015 07:28:30 GMT', 30],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
    ['-1', undefined],
    ['soon', undefined],
    ['1e9', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j means %j seconds', (header, seconds) => {
    expect(retryAfter(header, Date.UTC(2015, 9, 21, 7, 28, 0))).toBe(seconds)
  })
})

describe("G07 a registry that can't be reached", () => {
  test('because the port is closed: exit 8, naming the host', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const { code, json } = await machine(`http://127.0.0.1:${port}`, { c: '*' }).cpm('install')
    expect([code, json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
    expect(json.error?.message).toContain(`127.0.0.1:${port}`)
  })

  test('because its name does not resolve: exit 8, naming the host', async () => {
    const { code, json } = await machine('https://registry.invalid/', { c: '*' }).cpm('install')
    expect([code, json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
    expect(json.error?.message).toContain('registry.invalid')
  })

  test('or that does not speak https is not mistaken for one without the package', async () => {
    await using server = await RegistryServer.open(rig.registry)
    const { code, json } = await machine(server.url.replace('http:', 'https:'), { c: '*' }).cpm('install')
    expect([code, json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
  })
})

test('a command ends when it is done, even if speculative requests are still open', async () => {
  await using server = await RegistryServer.open(rig.registry)
  // The newest e depends on c, so c is requested ahead of time; the requested e does not.
  server.act = ({ asked, good, send }) => {
    if (asked.url !== '/index/c') send(good)
  }
  const pc = machine(server.url, { e: '1.0.0' }, { network: { timeout: 3600 } })
  const { code, stdout } = await pc.cpm('install')
  expect(code, stdout).toBe(0)
  expect(server.asked.some(({ url }) => url === '/index/c')).toBe(true)
}, 20_000)

test('connections are reused', async () => {
  await using server = await RegistryServer.open(rig.registry)
  const ports = new Set<number | undefined>()
  server.act = ({ good, send, socket }) => {
    ports.add(socket.remotePort)
    send(good)
  }
  expect((await machine(server.url, { a: '*' }).cpm('install')).code).toBe(0)
  expect(server.asked.length).toBeGreaterThan(ports.size)
})

describe('C15 a private name is never sent to another registry', () => {
  const silent = () => undefined
  const status =
    (code: number) =>
    ({ send }: Exchange) => {
      send({ status: code, headers: {}, body: Buffer.alloc(0) })
    }
  test.each([
    ['does not have it', status(404), 7, 'NO_SOLUTION'],
    ['requires a token', status(401), 4, 'AUTH_REQUIRED'],
    ['forbids it', status(403), 4, 'AUTH_FORBIDDEN'],
    ['fails', status(500), 8, 'REGISTRY_UNREACHABLE'],
    ['never responds', silent, 8, 'REGISTRY_UNREACHABLE'],
  ])('when its own registry %s', async (_what, act, exit, error) => {
    await using open = await RegistryServer.open(rig.registry, { api: './' })
    await using own = await RegistryServer.open(rig.registry, { api: './' })
    own.act = (exchange) => {
      if (exchange.endpoint === 'config')
        exchange.send(jsonAnswer(200, { schemaVersion: 1, id: 'private', name: 'ours', api: null }))
      else act(exchange)
    }
    const settings = {
      network: { timeout: 0.6, retries: 1 },
      registry: { registries: { work: { url: own.url } }, scopes: { '@acme': 'work' } },
    }
    const pc = machine(open.url, { c: '*', '@acme/x': '*' }, settings)
    const { code, json, stdout } = await pc.cpm('install')
    expect([code, json.error?.code], stdout).toEqual([exit, error])
    expect(own.asked.some(({ url }) => url.includes('@acme'))).toBe(true)
    expect(open.asked.filter(({ url, body }) => `${url}${body}`.includes('acme'))).toEqual([])
    expect(own.asked.filter(({ url, body }) => /\/(?:c|a|b)\b/.test(`${url}${body}`))).toEqual([])
  })
})

test('C13 an archive that changes while it is served yields the signed bytes or an error', async () => {
  await using server = await RegistryServer.open(rig.registry)
  server.act = ({ endpoint, before, good, send }) => {
    // Wrong bytes twice, which is an error, then the right ones.
    if (endpoint !== 'archive') send(good)
    else
      send({
        ...good,
        body: Buffer.from(good.body.map((byte, at) => (before % 3 < 2 && at > good.body.length / 2 ? byte ^ 1 : byte))),
      })
  }
  const codes: number[] = []
  for (let i = 0; i < 4; i++) {
    const pc = machine(server.url, { c: '*' })
    const { code } = await pc.cpm('install')
    codes.push(code)
    if (code === 0) expect((await pc.cpm('verify')).code).toBe(0)
    else expect(fs.existsSync(path.join(pc.project, 'colony.lock'))).toBe(false)
  }
  expect(codes).toEqual([5, 0, 5, 0])
})

test('an error from the server is printed without terminal control sequences', async () => {
  await using server = await RegistryServer.open(rig.registry, { api: './' })
  server.act = ({ send }) => {
    send(
      jsonAnswer(403, {
        error: { code: 'AUTH_FORBIDDEN', message: 'not \u001b[31myou\u202e', hint: 'ask\u0007 ada', details: { a: 1 } },
      }),
    )
  }
  const { code, json } = await machine(server.url, { c: '*' }).cpm('install')
  expect(code).toBe(4)
  const message = 'the registry says: not [31myou'
  expect(json.error).toEqual({ code: 'AUTH_FORBIDDEN', message, hint: 'cpm whoami', details: { a: 1 } })
})
