import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasOpenssl, makeCertificates } from '../rig/certificates.ts'
import { Proxy } from '../rig/proxy.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { type Asked, type Exchange, jsonAnswer, RegistryServer } from '../rig/registry-server.ts'

const TOKEN = 'cpm_canary_0123456789abcdef'
const BEARER = `Bearer ${TOKEN}`

let rig: Rig
let home = 0

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0', '@acme/x@1.0.0')
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Creates a separate home, with settings. */
function machine(settings: Record<string, unknown> = {}): { home: string; project: string } {
  const folder = rig.path(`machine-${++home}`)
  rig.write(
    {
      'config.json': JSON.stringify({
        policy: { minimumReleaseAge: 0 },
        ...settings,
        network: { timeout: 5, retries: 0, ...(settings.network ?? {}) },
      }),
    },
    folder,
  )
  return { home: folder, project: rig.project({ dependencies: { a: '*' } }) }
}

function install(
  url: string,
  { home, project }: { home: string; project: string },
  env: Record<string, string> = {},
): Promise<CpmResult> {
  return rig.cpm('install --json', {
    cwd: project,
    env: { CPM_HOME: home, CPM_REGISTRY: url, CPM_TOKEN: TOKEN, ...env },
  })
}

/** Redirects requests for an endpoint to the same path elsewhere. */
function redirect(to: string, what: Exchange['endpoint'] = 'archive', code = 302) {
  return ({ endpoint, asked, good, send }: Exchange) => {
    if (endpoint !== what) send(good)
    else
      send({
        status: code,
        headers: { location: to + asked.url.slice(1), 'set-cookie': 'session=1' },
        body: Buffer.alloc(0),
      })
  }
}

function secretsIn(asked: readonly Asked[]): string[] {
  return asked.flatMap(({ headers }) => [headers.authorization ?? [], headers.cookie ?? []].flat())
}

describe('E01 a token is sent only to its own host', () => {
  test.each([
    ['another port', '127.0.0.1'],
    ['another address', '127.0.0.2'],
    ['another protocol family', '::1'],
  ])('when an archive is redirected to %s, which gets neither a token nor a cookie', async (_what, host) => {
    await using other = await RegistryServer.open(rig.registry, { host })
    await using server = await RegistryServer.open(rig.registry, { api: './', act: redirect(other.url) })
    const { code, stdout } = await install(server.url, machine())
    expect(code, stdout).toBe(0)
    expect(server.asked.every(({ headers }) => headers.authorization === BEARER)).toBe(true)
    expect(other.asked.map(({ url }) => path.basename(url))).toEqual(['a-1.0.0.cpm'])
    expect(secretsIn(other.asked)).toEqual([])
  })

  test.each(['sub.registry.test', 'test', 'registry.test.evil.test', 'xregistry.test'])(
    'when an archive is redirected from registry.test to %s',
    async (host) => {
      await using other = await RegistryServer.open(rig.registry)
      await using server = await RegistryServer.open(rig.registry, { act: redirect(`http://${host}/`) })
      await using proxy = await Proxy.open({ hosts: { 'registry.test': server.port, [host]: other.port } })
      const pc = machine({
        network: { httpProxy: `http://127.0.0.1:${proxy.port}` },
        registry: { default: 'work', registries: { work: { url: 'http://registry.test/', insecure: true } } },
      })
      const { code, stdout } = await install('', pc)
      expect(code, stdout).toBe(0)
      expect(server.asked.every(({ headers }) => headers.authorization === BEARER)).toBe(true)
      expect(other.asked).toHaveLength(1)
      expect(secretsIn(other.asked)).toEqual([])
    },
  )

  test('when an archive is redirected within the registry, or back to it through another host', async () => {
    await using other = await RegistryServer.open(rig.registry)
    await using server = await RegistryServer.open(rig.registry)
    server.act = ({ endpoint, asked, good, send, before }) => {
      const hop = {
        status: 307,
        headers: { location: before === 0 ? other.url + asked.url.slice(1) : asked.url },
        body: Buffer.alloc(0),
      }
      send(endpoint === 'archive' && before < 2 ? hop : good)
    }
    other.act = ({ asked, send }) => {
      send({ status: 308, headers: { location: server.url + asked.url.slice(1) }, body: Buffer.alloc(0) })
    }
    const { code, stdout } = await install(server.url, machine())
    expect(code, stdout).toBe(0)
    const archives = server.asked.filter(({ url }) => url.endsWith('.cpm'))
    expect(archives.map(({ headers }) => headers.authorization)).toEqual([BEARER, undefined, undefined])
  })

  test.each(['config', 'index', 'keys', 'envelope', 'envelopes'] as const)(
    'when %s is redirected to another host, which gets no request',
    async (endpoint) => {
      await using other = await RegistryServer.open(rig.registry, { api: './' })
      const api = endpoint === 'envelopes' ? './' : null
      await using server = await RegistryServer.open(rig.registry, { api, act: redirect(other.url, endpoint, 307) })
      const { code, json } = await install(server.url, machine())
      expect([code, json.error?.code]).toEqual([8, 'REGISTRY_MISBEHAVED'])
      expect(other.asked).toEqual([])
    },
  )

  test('when a POST request is redirected, even within the registry: it is sent once', async () => {
    await using server = await RegistryServer.open(rig.registry, { api: './', act: redirect('/', 'envelopes', 308) })
    const { code, json } = await install(server.url, machine())
    expect([code, json.error?.code]).toEqual([8, 'REGISTRY_MISBEHAVED'])
    expect(server.asked.filter(({ method }) => method !== 'GET')).toHaveLength(1)
  })

  test('when a redirect or config.json leads to another path of the same host', async () => {
    await using server = await RegistryServer.open(rig.registry, {
      prefix: '/team/',
      act: redirect('/other/', 'index'),
    })
    expect((await install(server.url, machine())).json.error?.code).toBe('REGISTRY_MISBEHAVED')
    expect(server.asked.filter(({ url }) => url.startsWith('/other'))).toEqual([])
    await using lying = await RegistryServer.open(rig.registry, { prefix: '/team/', api: '/other/' })
    expect((await install(lying.url, machine())).json.error?.code).toBe('REGISTRY_INVALID')
  })
})

describe('E02 a project does not decide where secrets are sent', () => {
  const choice = (url: string) =>
    JSON.stringify({ registry: { default: 'evil', registries: { evil: { url, insecure: true } } } })

  test('a registry that only the project names gets no CPM_TOKEN, and the error for a 401 explains why', async () => {
    await using server = await RegistryServer.open(rig.registry)
    const pc = machine()
    fs.writeFileSync(path.join(pc.project, '.cpmrc'), choice(server.url))
    const open = await rig.cpm('install --json', { cwd: pc.project, env: { CPM_HOME: pc.home, CPM_TOKEN: TOKEN } })
    expect(open.code, open.stdout).toBe(0)
    expect(secretsIn(server.asked)).toEqual([])
    server.act = ({ send }) => {
      send({ status: 401, headers: {}, body: Buffer.alloc(0) })
    }
    const closed = await rig.cpm('install a --json', { cwd: pc.project, env: { CPM_HOME: pc.home, CPM_TOKEN: TOKEN } })
    expect([closed.code, closed.json.error?.code]).toEqual([4, 'AUTH_REQUIRED'])
    expect(closed.json.error?.message).toContain('CPM_TOKEN was not sent')
    expect(secretsIn(server.asked)).toEqual([])
  })

  test('cpm login refuses a registry that only the project names', async () => {
    await using server = await RegistryServer.open(rig.registry)
    const pc = machine()
    fs.writeFileSync(path.join(pc.project, '.cpmrc'), choice(server.url))
    for (const line of ['login --token-stdin --json', 'login evil --token-stdin --json']) {
      const { code, json } = await rig.cpm(line, { cwd: pc.project, env: { CPM_HOME: pc.home }, input: TOKEN })
      expect([code, json.error?.code]).toEqual([4, 'CREDENTIALS_UNSAFE'])
    }
    expect(server.asked).toEqual([])
  })
})

describe('E03 a token is never sent unencrypted', () => {
  test('over http to another host: CREDENTIALS_UNSAFE, without a request', async () => {
    await using server = await RegistryServer.open(rig.registry)
    await using proxy = await Proxy.open({ hosts: { 'registry.test': server.port } })
    const pc = machine({ network: { httpProxy: `127.0.0.1:${proxy.port}` } })
    const { code, json } = await install('http://registry.test/', pc)
    expect([code, json.error?.code]).toEqual([4, 'CREDENTIALS_UNSAFE'])
    expect([...server.asked, ...proxy.asked]).toEqual([])
    const without = await install('http://registry.test/', pc, { CPM_TOKEN: '' })
    expect(without.code, without.stdout).toBe(0)
  })

  test('even if a project allows it', async () => {
    await using server = await RegistryServer.open(rig.registry)
    await using proxy = await Proxy.open({ hosts: { 'registry.test': server.port } })
    const pc = machine({ network: { httpProxy: `127.0.0.1:${proxy.port}` } })
    const tokens = { 'http://registry.test/': { token: TOKEN, savedAt: '2026-01-01T00:00:00.000Z' } }
    fs.writeFileSync(path.join(pc.home, 'credentials.json'), JSON.stringify({ schemaVersion: 1, tokens }), {
      mode: 0o600,
    })
    const registries = { evil: { url: 'http://registry.test/', insecure: true } }
    rig.write({ '.cpmrc': JSON.stringify({ registry: { default: 'evil', registries } }) }, pc.project)
    const { code, json } = await rig.cpm('install --json', { cwd: pc.project, env: { CPM_HOME: pc.home } })
    expect([code, json.error?.code]).toEqual([4, 'CREDENTIALS_UNSAFE'])
    expect([...server.asked, ...proxy.asked]).toEqual([])
  })

  test.runIf(hasOpenssl)('in a redirect from https to http, which is refused for every kind of file', async () => {
    const certificates = makeCertificates(rig.path('certificates'))
    const tls = { cert: fs.readFileSync(certificates.server.cert), key: fs.readFileSync(certificates.server.key) }
    await using plain = await RegistryServer.open(rig.registry)
    for (const endpoint of ['index', 'archive'] as const) {
      await using server = await RegistryServer.open(rig.registry, { tls, act: redirect(plain.url, endpoint) })
      const pc = machine({ network: { ca: certificates.ca } })
      const { code, json } = await install(server.url, pc)
      expect([code, json.error?.code]).toEqual([8, 'REGISTRY_MISBEHAVED'])
      expect(json.error?.message).toContain('from https to http')
    }
    expect(plain.asked).toEqual([])
  })

  test('through a proxy when the registry is on this machine', async () => {
    await using server = await RegistryServer.open(rig.registry)
    await using proxy = await Proxy.open({ hosts: {} })
    const { code, stdout } = await install(server.url, machine(), { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` })
    expect(code, stdout).toBe(0)
    expect(proxy.asked).toEqual([])
  })
})

describe('E04 a secret is never shown', () => {
  const PASSWORD = 'proxy-canary-secret'

  /** A server that repeats the token in every field of an error. */
  const parrot =
    (status: number, code: string) =>
    ({ asked, send }: Exchange) => {
      const { authorization = '' } = asked.headers
      send(
        jsonAnswer(status, {
          error: {
            code,
            message: `you sent ${authorization}`,
            hint: authorization,
            details: { [authorization]: [authorization] },
          },
        }),
      )
    }

  test('in output, stack traces, events, files or the lock, whatever fails', { timeout: 180_000 }, async () => {
    await using server = await RegistryServer.open(rig.registry, { api: './' })
    await using proxy = await Proxy.open({ hosts: {}, authorization: 'nobody' })
    const pc = machine()
    const env = { CPM_HOME: pc.home, CPM_REGISTRY: server.url, CPM_TOKEN: TOKEN }
    const outputs: CpmResult[] = []
    const run = async (line: string, more: Record<string, string> = {}, input?: string) => {
      outputs.push(
        await rig.cpm(line, { cwd: pc.project, env: { ...env, ...more }, ...(input !== undefined && { input }) }),
      )
    }
    await run('install --debug')
    await run('whoami --debug')
    await run('login --token-stdin --debug', {}, TOKEN)
    for (const [status, code] of [
      [401, 'AUTH_REQUIRED'],
      [403, 'AUTH_FORBIDDEN'],
      [503, 'REGISTRY_BUSY'],
      [400, 'REQUEST_INVALID'],
    ] as const) {
      server.act = parrot(status, code)
      await run('install a --debug')
      await run('install a --events')
      await run('whoami --json')
    }
    server.act = ({ asked, socket }) =>
      void socket.end(`HTTP/1.1 200 OK\r\nx: ${asked.headers.authorization ?? ''}\0\r\n\r\n`)
    await run('install a --debug')
    server.act = ({ asked, send }) => {
      send({ status: 302, headers: { location: `http://${TOKEN}:${TOKEN}@[` }, body: Buffer.from(asked.url) })
    }
    await run('install a --debug')
    await run('install a --debug', { CPM_REGISTRY: `https://ada:${TOKEN}@127.0.0.1/` })
    await run('install a --debug', { CPM_TOKEN: `${TOKEN} with a space` })
    const throughProxy = {
      CPM_TOKEN: '',
      CPM_REGISTRY: 'http://registry.test/',
      HTTP_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${proxy.port}`,
    }
    await run('install a --debug', throughProxy)
    await run('install a --debug', { ...throughProxy, CPM_REGISTRY: 'https://registry.test/' })
    await run('install a --debug', { ...throughProxy, HTTP_PROXY: `http://ada:${PASSWORD}@127.0.0.1:1` })
    await run('install a --debug', { ...throughProxy, HTTP_PROXY: `gopher://ada:${PASSWORD}@127.0.0.1:1` })
    await run('install a --debug', { ...throughProxy, HTTP_PROXY: `http://ada:${PASSWORD}@[` })
    fs.writeFileSync(
      path.join(pc.home, 'credentials.json'),
      `{"schemaVersion":1,"tokens":{"${server.url}":{"token":"${TOKEN}" x`,
      { mode: 0o600 },
    )
    await run('install a --debug', { CPM_TOKEN: '' })
    expect(outputs.filter(({ code }) => code === 0)).toHaveLength(1)
    for (const { stdout, stderr } of outputs) {
      expect(stdout + stderr).not.toContain(TOKEN)
      expect(stdout + stderr).not.toContain(PASSWORD)
    }
    for (const folder of [pc.home, pc.project]) {
      for (const file of rig.files(folder)) {
        if (file === 'credentials.json' || !fs.statSync(path.join(folder, file)).isFile()) continue
        expect(fs.readFileSync(path.join(folder, file)).includes(TOKEN), file).toBe(false)
      }
    }
  })

  test('if others can read the credentials file, which is refused', async () => {
    await using server = await RegistryServer.open(rig.registry)
    const pc = machine()
    const file = path.join(pc.home, 'credentials.json')
    fs.writeFileSync(
      file,
      JSON.stringify({
        schemaVersion: 1,
        tokens: { [server.url]: { token: TOKEN, savedAt: '2026-01-01T00:00:00.000Z' } },
      }),
      { mode: 0o644 },
    )
    const open = await install(server.url, pc, { CPM_TOKEN: '' })
    expect([open.code, open.json.error?.code]).toEqual([4, 'CREDENTIALS_UNSAFE'])
    expect(open.json.error?.hint).toContain('chmod 600')
    expect(server.asked).toEqual([])
    fs.chmodSync(file, 0o600)
    expect((await install(server.url, pc, { CPM_TOKEN: '' })).code).toBe(0)
    expect(server.asked.every(({ headers }) => headers.authorization === BEARER)).toBe(true)
  })
})
