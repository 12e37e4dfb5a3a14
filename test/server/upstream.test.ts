import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { leftovers } from '../faults/faulty.ts'
import { type Endpoint, type Exchange, RegistryServer } from '../rig/registry-server.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { Author, errorCode, publishTo } from './author.ts'

/** An upstream registry with two packages, and our server in front of it. */
class Proxied implements AsyncDisposable {
  readonly theirs: Rig
  readonly upstream: RegistryServer
  readonly ours: Rig
  readonly server: RunningServe

  private constructor(theirs: Rig, upstream: RegistryServer, ours: Rig, server: RunningServe) {
    this.theirs = theirs
    this.upstream = upstream
    this.ours = ours
    this.server = server
  }

  static async open(
    args: readonly string[] = [],
    env: Record<string, string> = {},
    network: Record<string, unknown> = { retries: 0, timeout: 1 },
  ): Promise<Proxied> {
    const theirs = await Rig.create()
    await theirs.publish(
      ['tools@1.0.0', { files: { 'data.txt': 'tools '.repeat(900) } }],
      ['@org/viewer@2.0.0', { dependencies: { tools: '^1.0.0' } }],
    )
    const upstream = await RegistryServer.open(theirs.registry)
    const ours = await Rig.create()
    ours.write({ 'home/config.json': JSON.stringify({ network }) })
    const server = await serve(ours, { args: ['--upstream', upstream.url, ...args], env })
    return new Proxied(theirs, upstream, ours, server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await this.upstream[Symbol.asyncDispose]()
    await this.ours[Symbol.asyncDispose]()
    await this.theirs[Symbol.asyncDispose]()
  }

  get(url: string): Promise<Response> {
    return fetch(this.server.url + url)
  }

  /** Lists the cached files that belong to packages. */
  cached(): string[] {
    const folder = path.join(this.ours.registry, '.upstream')
    return this.ours.files(folder).filter((name) => /\/(?:index|keys|packages)\//.test(name))
  }

  /** Changes the answers of one upstream endpoint. @returns a function that restores them */
  disturb(endpoint: Endpoint, act: (exchange: Exchange) => void): () => void {
    const before = this.upstream.act
    this.upstream.act = (exchange) => {
      if (exchange.endpoint === endpoint) act(exchange)
      else before(exchange)
    }
    return () => {
      this.upstream.act = before
    }
  }
}

const ARCHIVE = '/packages/tools/1.0.0/tools-1.0.0.cpm'
const ENVELOPE = '/packages/tools/1.0.0/tools-1.0.0.dsse'

describe('a mirror', () => {
  test('has the id and the bytes of the upstream registry, and gives the same lock', async () => {
    await using at = await Proxied.open()
    const { id } = JSON.parse(at.theirs.read('home/registry/config.json')) as { id: string }
    expect(at.server.registry).toBe(id)
    for (const key of ['index/tools', 'keys/tools', ARCHIVE.slice(1), ENVELOPE.slice(1)]) {
      const response = await at.get(`/${key}`)
      const bytes = Buffer.from(await response.arrayBuffer())
      expect([key, response.status, bytes.equals(fs.readFileSync(path.join(at.theirs.registry, key)))]).toEqual([
        key,
        200,
        true,
      ])
    }
    const manifest = { dependencies: { '@org/viewer': '*' } }
    const lockOf = async (rig: Rig, registry: string) => {
      const project = rig.project(manifest)
      const { code, stderr } = await rig.cpm(['install', '--registry', registry], { cwd: project })
      expect(code, stderr).toBe(0)
      return fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')
    }
    expect(await lockOf(at.ours, at.server.url)).toBe(await lockOf(at.theirs, at.theirs.registry))
  })

  test('serves its cache when the upstream is down, and 502 for everything else', async () => {
    await using at = await Proxied.open()
    expect((await at.get('/index/tools')).status).toBe(200)
    expect((await at.get(ARCHIVE)).status).toBe(200)
    at.upstream.act = ({ socket }) => socket.destroy()
    expect((await at.get(ARCHIVE)).status).toBe(200)
    expect((await at.get(ENVELOPE)).status).toBe(200)
    const index = await at.get('/index/tools')
    expect([index.status, index.headers.get('cpm-stale')]).toEqual([200, expect.stringMatching(/^\d{4}-.*Z$/)])
    for (const url of ['/index/@org/viewer', '/index/nothing', '/packages/nothing/1.0.0/nothing-1.0.0.cpm']) {
      const response = await at.get(url)
      expect([url, response.status, await errorCode(response)]).toEqual([url, 502, 'REGISTRY_UNREACHABLE'])
    }
    await using again = await serve(at.ours, { args: ['--upstream', at.upstream.url] })
    expect(again.registry).toBe(at.server.registry)
    expect((await fetch(again.url + ARCHIVE)).status).toBe(200)
  })

  test('serves a new client everything for a lock while the upstream is down, and warns client and operator', async () => {
    await using at = await Proxied.open()
    await using other = await Rig.create()
    const project = at.ours.project({ dependencies: { tools: '*' } })
    const install = async (rig: Rig, command: string) => {
      const { code, stderr } = await rig.cpm([command, '--registry', at.server.url], { cwd: project })
      expect(code, stderr).toBe(0)
      return stderr
    }
    expect(await install(at.ours, 'install')).not.toContain('warning')
    const restore = at.upstream.act
    at.upstream.act = ({ socket }) => socket.destroy()
    const warning = `warning: ${at.server.url} can't reach the registry that it mirrors; changes since 20`
    expect(await install(other, 'ci')).toContain(warning)
    // A new resolution prints the warning as well.
    fs.rmSync(path.join(project, 'colony.lock'))
    expect(await install(other, 'install')).toContain(warning)
    const told = at.server.events.filter(({ code }) => code === 'UPSTREAM_STALE')
    expect(told).toHaveLength(1)
    at.upstream.act = restore
    const index = await at.get('/index/tools')
    expect([index.status, index.headers.get('cpm-stale')]).toEqual([200, null])
  })

  test('does not wait long for an upstream that accepts connections and never answers', async () => {
    await using at = await Proxied.open([], {}, { retries: 0, timeout: 60 })
    expect((await at.get('/index/tools')).status).toBe(200)
    at.upstream.act = () => undefined
    const before = performance.now()
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await at.get('/index/tools')
      expect([status, headers.has('cpm-stale')]).toEqual([200, true])
    }
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  test('shows at once what was published or yanked upstream', async () => {
    await using at = await Proxied.open()
    const info = async () =>
      (await (await at.get('/api/v1/packages/tools')).json()) as { version: string; description: string }
    expect(await info()).toMatchObject({ version: '1.0.0' })
    await at.theirs.publish(['tools@1.1.0', { description: 'Newer' }])
    expect(await info()).toMatchObject({ version: '1.1.0', description: 'Newer' })
    await at.theirs.cpm('yank tools@1.1.0')
    expect(await info()).toMatchObject({ version: '1.0.0' })
    expect(await (await at.get('/packages?text=newer')).json()).toMatchObject({ total: 0 })
    expect(await (await at.get('/packages')).json()).toMatchObject({ packages: [{ name: 'tools', version: '1.0.0' }] })
  })

  test('accepts no publication and serves no local names', async () => {
    await using author = await Author.create()
    await using at = await Proxied.open()
    const { status, body } = await publishTo(at.server, await author.sign('mine@1.0.0'))
    expect([status, body.error?.code]).toEqual([403, 'REGISTRY_READONLY'])
    await at.ours.publish('local@1.0.0')
    expect((await at.get('/index/local')).status).toBe(404)
    const yank = await fetch(`${at.server.url}/api/v1/packages/tools/1.0.0`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"yank"}',
    })
    expect([yank.status, await errorCode(yank)]).toEqual([403, 'REGISTRY_READONLY'])
  })

  test('reports that it is read-only, and creates no token unless it is private', async () => {
    await using at = await Proxied.open()
    expect(await (await at.get('/health')).json()).toMatchObject({ readonly: true })
    expect(at.server.token).toBe('')
    expect(fs.existsSync(path.join(at.ours.registry, '.server'))).toBe(false)
    await using other = await serve(at.ours, { args: ['--upstream', at.upstream.url, '--private'] })
    expect(other.token).toMatch(/^cpm_/)
    await using mixed = await serve(at.ours, { args: ['--upstream', at.upstream.url, '--upstream-packages', 'tools'] })
    expect(await (await fetch(`${mixed.url}/health`)).json()).toMatchObject({ readonly: false })
  })

  test('fetches a file once, however many clients request it', async () => {
    await using at = await Proxied.open()
    await at.get('/index/tools')
    at.upstream.forget()
    const responses = await Promise.all(Array.from({ length: 20 }, () => at.get(ARCHIVE)))
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(at.upstream.asked.filter(({ url }) => url.endsWith('.cpm'))).toHaveLength(1)
    expect(at.upstream.asked.filter(({ url }) => url.endsWith('.dsse'))).toHaveLength(1)
  })

  test('lets its cache be removed at any time', async () => {
    await using at = await Proxied.open()
    for (const part of ['', 'packages', 'index', 'keys', '.staging']) {
      expect((await at.get('/index/tools')).status).toBe(200)
      expect((await at.get(ARCHIVE)).status).toBe(200)
      fs.rmSync(path.join(at.ours.registry, '.upstream', at.server.registry, part), { recursive: true, force: true })
      expect((await at.get('/index/tools')).status, `index without ${part}`).toBe(200)
      expect((await at.get(ARCHIVE)).status, `archive without ${part}`).toBe(200)
      expect((await at.get('/keys/tools')).status, `keys without ${part}`).toBe(200)
    }
    expect(
      leftovers(path.join(at.ours.registry, '.upstream')).filter((name) => !/\.staging|\.downloads/.test(name)),
    ).toEqual([])
  })

  test('resolves for its clients', async () => {
    await using at = await Proxied.open()
    const response = await fetch(`${at.server.url}/api/v1/resolve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ manifest: 'apiVersion: v1\ndependencies: { "@org/viewer": "*" }\n' }),
    })
    expect(await response.json()).toMatchObject({ evidence: [{ name: '@org/viewer' }, { name: 'tools' }] })
  })
})

describe('C15 an upstream without an answer', () => {
  const SILENCES: readonly [what: string, act: (exchange: Exchange) => void][] = [
    [
      '401',
      ({ send }) => {
        send({ status: 401, headers: {}, body: Buffer.alloc(0) })
      },
    ],
    [
      '403',
      ({ send }) => {
        send({ status: 403, headers: {}, body: Buffer.alloc(0) })
      },
    ],
    [
      '500',
      ({ send }) => {
        send({ status: 500, headers: {}, body: Buffer.alloc(0) })
      },
    ],
    [
      '503',
      ({ send }) => {
        send({ status: 503, headers: {}, body: Buffer.alloc(0) })
      },
    ],
    [
      'a login page',
      ({ send }) => {
        send({ status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>log in</html>') })
      },
    ],
    [
      'a redirect to nowhere',
      ({ send }) => {
        send({ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: Buffer.alloc(0) })
      },
    ],
    ['silence', () => undefined],
    ['a connection that breaks', ({ socket }) => socket.destroy()],
  ]

  test('never means "not found": every failure is 502 or 503', async () => {
    await using at = await Proxied.open()
    for (const [what, act] of SILENCES) {
      const restore = at.disturb('index', act)
      for (const url of [
        '/index/tools',
        '/keys/tools',
        '/api/v1/packages/tools',
        '/api/v1/packages/tools/1.0.0',
        ARCHIVE,
      ]) {
        const response = await at.get(url)
        expect.soft([502, 503], `${what}: ${url}`).toContain(response.status)
        expect.soft(await errorCode(response), `${what}: ${url}`).toMatch(/^REGISTRY_/)
        if (what === 'silence') break
      }
      restore()
    }
    expect(at.cached()).toEqual([])
    expect((await at.get('/index/tools')).status).toBe(200)
    expect((await at.get('/index/nothing')).status).toBe(404)
    for (const [what, act] of SILENCES.filter(([name]) => name !== 'silence')) {
      const restore = at.disturb('archive', act)
      expect.soft([502, 503], what).toContain((await at.get(ARCHIVE)).status)
      restore()
    }
    expect((await at.get(ARCHIVE)).status).toBe(200)
  })

  test("gets the operator's token for it, and never the clients' tokens or headers", async () => {
    await using at = await Proxied.open(['--private'], { CPM_TOKEN: 'given-by-them' })
    const response = await fetch(`${at.server.url}/index/tools`, {
      headers: { authorization: `Bearer ${at.server.token}`, cookie: 'a=b', 'x-forwarded-host': 'evil.example' },
    })
    expect(response.status).toBe(200)
    const sent = JSON.stringify(at.upstream.asked)
    expect(at.server.token).not.toBe('')
    expect(sent).not.toContain(at.server.token)
    expect(sent).not.toContain('evil.example')
    expect(sent).not.toContain('a=b')
    expect(at.upstream.asked.at(-1)?.headers.authorization).toBe('Bearer given-by-them')
  })
})

describe('E06 a redirect of the upstream registry', () => {
  /** Starts a service that only the server's machine can reach, and an upstream that redirects archives to it. */
  async function leadingInside(network: Record<string, unknown> = {}) {
    const at = await Proxied.open([], {}, { retries: 0, timeout: 1, ...network })
    const secret = 'a secret of 38 bytes that nobody reads'
    const inside = await RegistryServer.open(at.theirs.registry, {
      act: ({ good, send, asked }) => {
        send(asked.url.endsWith('.cpm') ? good : { status: 200, headers: {}, body: Buffer.from(secret) })
      },
    })
    const leadTo = (host: string, path: string) =>
      at.disturb('archive', ({ send }) => {
        send({ status: 302, headers: { location: `http://${host}:${inside.port}${path}` }, body: Buffer.alloc(0) })
      })
    return {
      at,
      inside,
      leadTo,
      async [Symbol.asyncDispose]() {
        await inside[Symbol.asyncDispose]()
        await at[Symbol.asyncDispose]()
      },
    }
  }

  test.each([
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '169.254.169.254',
  ])('is not followed to %s, and the response reveals nothing', async (host) => {
    await using place = await leadingInside()
    place.leadTo(host, '/admin')
    const response = await place.at.get(ARCHIVE)
    const body = await response.text()
    expect(response.status).toBe(502)
    expect(JSON.parse(body)).toEqual({
      error: {
        code: 'REGISTRY_MISBEHAVED',
        message: 'the upstream registry sent an invalid response',
        details: { upstream: true },
      },
    })
    expect(place.inside.asked).toEqual([])
    expect(place.at.server.events.find(({ type }) => type === 'request-failed')).toMatchObject({
      message: expect.stringContaining('which is not on the public internet') as unknown,
    })
  })

  test('is followed to an allowed address, but contents that are not proven are never revealed', async () => {
    await using place = await leadingInside({ allowedAddresses: ['127.0.0.0/8'] })
    const restore = place.leadTo('127.0.0.1', '/admin')
    const response = await place.at.get(ARCHIVE)
    const body = await response.text()
    expect([response.status, JSON.parse(body)]).toEqual([
      502,
      {
        error: {
          code: 'DIGEST_MISMATCH',
          message: "what the upstream registry sent can't be proven",
          details: { upstream: true },
        },
      },
    ])
    expect(JSON.stringify([...response.headers])).not.toContain('secret')
    expect(place.inside.asked.length).toBeGreaterThan(0)
    restore()
    place.leadTo('127.0.0.1', ARCHIVE)
    expect((await place.at.get(ARCHIVE)).status).toBe(200)
  })
})

describe('C15 a failed upstream request', () => {
  test('is explained to the operator, while clients only learn that it failed', async () => {
    await using at = await Proxied.open()
    await at.upstream[Symbol.asyncDispose]()
    const body = await (await at.get('/index/tools')).text()
    expect(body).toContain('REGISTRY_UNREACHABLE')
    expect(body).not.toContain('ECONNREFUSED')
    const told = at.server.events.find(({ type }) => type === 'request-failed')
    expect(told).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringMatching(/REGISTRY_UNREACHABLE: 127\.0\.0\.1:\d+ .*ECONNREFUSED/) as unknown,
    })
  })

  test('is retried once by default', async () => {
    await using at = await Proxied.open([], {}, { timeout: 1 })
    at.upstream.forget()
    at.disturb('index', ({ send }) => {
      send({ status: 500, headers: {}, body: Buffer.alloc(0) })
    })
    expect((await at.get('/index/tools')).status).toBe(502)
    expect(at.upstream.asked.map(({ url }) => url)).toEqual(['/index/tools', '/index/tools'])
  })
})

describe('E17 resolving with a slow upstream', () => {
  test('runs twice at once while a few clients wait, and a client that disconnects makes room', async () => {
    await using at = await Proxied.open([], {}, { timeout: 60, retries: 0 })
    const resolve = (name: string, signal: AbortSignal) =>
      fetch(`${at.server.url}/api/v1/resolve`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ manifest: `apiVersion: v1\ndependencies: { ${name}: "*" }\n` }),
        signal,
      })
    const restore = at.disturb('index', () => undefined)
    const leaving = new AbortController()
    const refused: Response[] = []
    const all = Array.from({ length: 2 + 16 + 5 }, (_, n) =>
      resolve(`n-${n}`, leaving.signal).then(
        (response) => refused.push(response),
        () => undefined,
      ),
    )
    while (refused.length < 5) await at.get('/livez')
    for (const response of refused)
      expect([response.status, response.headers.get('retry-after'), await errorCode(response)]).toEqual([
        503,
        '2',
        'REGISTRY_BUSY',
      ])
    const asked = () => at.upstream.asked.filter(({ url }) => url.startsWith('/index/n-')).length
    // The running ones wait for the upstream, which doesn't answer. The others have not started.
    while (asked() < 2) await at.get('/livez')
    leaving.abort()
    await Promise.all(all)
    restore()
    // It takes the server a moment to notice that they have left.
    const staying = AbortSignal.timeout(20_000)
    let answer = await resolve('tools', staying)
    while (answer.status === 503) answer = await resolve('tools', staying)
    expect(answer.status).toBe(200)
    expect(refused).toHaveLength(5)
    // Some slots may have gone to clients before the server noticed that they had left, but not all.
    expect(asked()).toBeLessThan(2 + 16)
    expect(at.server.events.filter(({ type }) => type === 'request-failed')).toEqual([])
  })
})

describe('E14 a false answer of the upstream', () => {
  const flip = (bytes: Buffer, at: number) => {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    return flipped
  }

  const LIES: readonly [what: string, key: RegExp, edit: (bytes: Buffer) => Buffer | undefined, url: string][] = [
    ['an archive with a changed byte', /\.cpm$/, (bytes) => flip(bytes, bytes.length >> 1), ARCHIVE],
    ['a truncated archive', /\.cpm$/, (bytes) => bytes.subarray(0, -3), ARCHIVE],
    ['a missing archive', /\.cpm$/, () => undefined, ARCHIVE],
    [
      'an envelope with another signature',
      /tools.*\.dsse$/,
      (bytes) =>
        Buffer.from(bytes.toString().replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`)),
      ENVELOPE,
    ],
    ['a missing envelope', /\.dsse$/, () => undefined, ENVELOPE],
    [
      'an index that lies about the tree',
      /^index\/tools$/,
      (bytes) =>
        Buffer.from(
          bytes
            .toString()
            .replace(/"tree":"blake3:./, (text) => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`),
        ),
      ARCHIVE,
    ],
    ['an invalid index', /^index\/tools$/, () => Buffer.from('{"v":1}\n'), '/index/tools'],
    [
      'an index of another name',
      /^index\/tools$/,
      (bytes) => Buffer.from(bytes.toString().replace('"name":"tools"', '"name":"other"')),
      '/index/tools',
    ],
    [
      'owners with another signature',
      /^keys\/tools$/,
      (bytes) =>
        Buffer.from(bytes.toString().replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`)),
      '/keys/tools',
    ],
    ['missing owners', /^keys\/tools$/, () => undefined, '/index/tools'],
  ]

  test.each(LIES)('is neither served nor cached: %s', async (_what, key, edit, url) => {
    await using at = await Proxied.open()
    at.upstream.edit = (name, bytes) => (key.test(name) ? edit(bytes) : bytes)
    const response = await at.get(url)
    expect(response.status).toBeGreaterThanOrEqual(502)
    expect(await errorCode(response)).toMatch(
      /^(?:DIGEST_MISMATCH|ARCHIVE_INVALID|ENVELOPE_INVALID|SIGNATURE_INVALID|OWNER_MISMATCH|INDEX_INVALID|REGISTRY_(?:INVALID|MISBEHAVED|UNREACHABLE))$/,
    )
    expect(at.cached().filter((name) => name.endsWith('.cpm'))).toEqual([])
    at.upstream.edit = (_name, bytes) => bytes
    // Clients read the index first.
    expect((await at.get('/index/tools')).status).toBe(200)
    expect((await at.get(url)).status).toBe(200)
    expect((await at.get(ARCHIVE)).status).toBe(200)
  })

  test('is rejected if it shortens or rewrites the history', async () => {
    await using at = await Proxied.open()
    await at.theirs.publish('tools@1.1.0')
    const whole = Buffer.from(await (await at.get('/index/tools')).arrayBuffer())
    expect((await at.get('/packages/tools/1.1.0/tools-1.1.0.dsse')).status).toBe(200)
    const first = whole.indexOf(0x0a) + 1
    for (const other of [
      whole.subarray(0, first),
      Buffer.concat([whole.subarray(first), whole.subarray(0, first)]),
      Buffer.alloc(0),
    ]) {
      at.upstream.edit = (name, bytes) => (name === 'index/tools' ? other : bytes)
      const response = await at.get('/index/tools')
      expect([response.status, await errorCode(response)]).toEqual([502, 'INDEX_REWRITTEN'])
    }
    at.upstream.edit = (_name, bytes) => bytes
    expect(Buffer.from(await (await at.get('/index/tools')).arrayBuffer()).equals(whole)).toBe(true)
  })

  test('is rejected if a stranger signed the package', async () => {
    await using stranger = await Author.create()
    const [theirs] = await stranger.sign(['tools@1.0.0', { files: { 'data.txt': 'evil' } }])
    const index = fs.readFileSync(path.join(stranger.rig.registry, 'index/tools'))
    await using at = await Proxied.open()
    at.upstream.edit = (name, bytes) =>
      name === 'index/tools'
        ? index
        : name.endsWith('tools-1.0.0.cpm')
          ? theirs?.archive
          : name.endsWith('tools-1.0.0.dsse')
            ? theirs?.envelope
            : bytes
    for (const url of [ARCHIVE, ENVELOPE]) {
      const response = await at.get(url)
      expect([response.status, await errorCode(response)]).toEqual([502, 'OWNER_MISMATCH'])
    }
    expect(at.cached().filter((name) => name.includes('packages'))).toEqual([])
  })
})

describe('C15 a registry with local and upstream names', () => {
  const SPLIT = ['--upstream-packages', '@org/*', '--upstream-packages', 'too*']

  test('looks for each name in one place only, whatever the answer', async () => {
    await using author = await Author.create()
    await using at = await Proxied.open(SPLIT)
    const { id } = JSON.parse(at.ours.read('home/registry/config.json')) as { id: string }
    expect(at.server.registry).toBe(id)
    const packages = await author.sign('mine@1.0.0', 'other@1.0.0')
    expect((await publishTo(at.server, packages)).status).toBe(201)
    await at.theirs.publish('mine@9.0.0', 'elsewhere@1.0.0')
    // A package in our folder under an upstream name is not served.
    await at.ours.publish('tooth@1.0.0')
    at.upstream.forget()
    expect((await at.get('/index/mine')).status).toBe(200)
    expect(await (await at.get('/index/mine')).text()).not.toContain('9.0.0')
    expect((await at.get('/index/elsewhere')).status).toBe(404)
    expect((await at.get('/index/private-name')).status).toBe(404)
    expect(at.upstream.asked).toEqual([])
    expect((await at.get('/index/tools')).status).toBe(200)
    expect((await at.get('/index/@org/viewer')).status).toBe(200)
    expect((await at.get('/index/tooth')).status).toBe(404)
    at.upstream.act = ({ socket }) => socket.destroy()
    expect((await at.get('/index/tooth')).status).toBe(502)
    expect((await at.get('/index/mine')).status).toBe(200)
  })

  test('publishes and changes local names only', async () => {
    await using author = await Author.create()
    await using at = await Proxied.open(SPLIT)
    // Even though our folder has a package under an upstream name.
    await at.ours.publish('tooth@1.0.0')
    for (const [method, url, change] of [
      ['PATCH', '/api/v1/packages/tooth/1.0.0', { type: 'yank', reason: 'x' }],
      ['POST', '/api/v1/packages/tooth/owners', { line: '{}' }],
    ] as const) {
      const response = await fetch(at.server.url + url, {
        method,
        headers: { authorization: `Bearer ${at.server.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(change),
      })
      expect([response.status, await errorCode(response)]).toEqual([403, 'REGISTRY_READONLY'])
    }
    const [mine, theirs] = await author.sign('mine@1.0.0', 'toolbox@1.0.0')
    if (!mine || !theirs) throw new Error('not signed')
    const { status, body } = await publishTo(at.server, [mine, theirs])
    expect([status, body.error?.code]).toEqual([403, 'REGISTRY_READONLY'])
    expect((await at.get('/index/mine')).status).toBe(404)
  })

  test('lists and resolves both, and the lock only names this registry', async () => {
    await using author = await Author.create()
    await using at = await Proxied.open(SPLIT)
    await publishTo(at.server, await author.sign(['mine@1.0.0', { dependencies: { '@org/viewer': '*' } }]))
    const project = at.ours.project({ dependencies: { mine: '*' } })
    const { code, stderr } = await at.ours.cpm(['install', '--registry', at.server.url], { cwd: project })
    expect(code, stderr).toBe(0)
    const lock = JSON.parse(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')) as {
      packages: Record<string, { registry: string }>
    }
    expect(Object.keys(lock.packages)).toEqual(['@org/viewer', 'mine', 'tools'])
    expect(new Set(Object.values(lock.packages).map(({ registry }) => registry))).toEqual(new Set([at.server.registry]))
    const names: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const page = (await (await at.get(`/packages?limit=1${next === '' ? '' : `&after=${next}`}`)).json()) as {
        packages: { name: string }[]
        next: string | null
        total: number
      }
      expect(page.total).toBe(3)
      names.push(...page.packages.map(({ name }) => name))
      next = page.next
    }
    expect(names).toEqual(['@org/viewer', 'mine', 'tools'])
  })
})
