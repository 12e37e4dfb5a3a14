import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificates, hasOpenssl, makeCertificates } from '../rig/certificates.ts'
import { Proxy } from '../rig/proxy.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'

let rig: Rig

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0')
})
afterAll(() => rig[Symbol.asyncDispose]())

async function install(url: string, network: object, env: Record<string, string> = {}): Promise<CpmResult> {
  const home = fs.mkdtempSync(rig.path('home-'))
  rig.write(
    {
      'config.json': JSON.stringify({
        network: { timeout: 5, retries: 0, ...network },
        policy: { minimumReleaseAge: 0 },
      }),
    },
    home,
  )
  const cwd = rig.project({ dependencies: { a: '*' } })
  return await rig.cpm('install --json', { cwd, env: { CPM_HOME: home, CPM_REGISTRY: url, ...env } })
}

describe('proxies', () => {
  test('in the environment are used for other hosts, with their credentials', async () => {
    await using server = await RegistryServer.open(rig.registry)
    const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`
    await using proxy = await Proxy.open({ hosts: { 'registry.test': server.port }, authorization })
    const HTTP_PROXY = `http://ada:secret@127.0.0.1:${proxy.port}`
    const { code, stdout } = await install('http://registry.test/', {}, { HTTP_PROXY })
    expect(code, stdout).toBe(0)
    expect(proxy.asked[0]).toMatchObject({ method: 'GET', target: 'http://registry.test/config.json' })
    // The proxy's credentials never reach the server.
    expect(server.asked.filter(({ headers }) => headers['proxy-authorization'] !== undefined)).toEqual([])
    const refused = await install('http://registry.test/', {}, { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` })
    expect([refused.code, refused.json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
    expect(refused.json.error?.message).toContain('407')
  })

  test('in the settings take precedence over the environment, and NO_PROXY excludes hosts', async () => {
    await using server = await RegistryServer.open(rig.registry)
    await using proxy = await Proxy.open({ hosts: { 'registry.test': server.port } })
    const httpProxy = `127.0.0.1:${proxy.port}`
    const env = { http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' }
    expect((await install('http://registry.test/', { httpProxy }, env)).code).toBe(0)
    const seen = proxy.asked.length
    for (const [network, more] of [
      [{ httpProxy, noProxy: 'registry.test' }, {}],
      [{ httpProxy }, { NO_PROXY: '.test' }],
      [{ httpProxy }, { no_proxy: '*' }],
    ] as const) {
      const direct = await install('http://registry.test/', network, more)
      expect([direct.code, direct.json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
    }
    expect(proxy.asked).toHaveLength(seen)
  })

  test('that fail are distinguished from the registry', async () => {
    const { code, json } = await install('http://registry.test/', { httpProxy: 'socks5://127.0.0.1:1' })
    expect([code, json.error?.code]).toEqual([2, 'CONFIG_INVALID'])
    expect(json.error?.message).toContain('network.httpProxy')
    const refused = await install('http://registry.test/', { httpProxy: 'http://127.0.0.1:1' })
    expect([refused.code, refused.json.error?.code, refused.json.error?.hint]).toEqual([
      8,
      'REGISTRY_UNREACHABLE',
      expect.stringContaining('network.httpProxy'),
    ])
  })
})

describe.runIf(hasOpenssl)('https', () => {
  let certificates: Certificates
  let tls: { cert: Buffer; key: Buffer }
  beforeAll(() => {
    certificates = makeCertificates(rig.path('certificates'))
    tls = { cert: fs.readFileSync(certificates.server.cert), key: fs.readFileSync(certificates.server.key) }
  })

  test('with a private CA needs network.ca, which the hint names', async () => {
    await using server = await RegistryServer.open(rig.registry, { tls })
    const unknown = await install(server.url, {})
    expect([unknown.code, unknown.json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
    expect(unknown.json.error?.hint).toContain('network.ca')
    expect((await install(server.url, { ca: certificates.stranger })).code).toBe(8)
    expect(server.asked).toEqual([])
    const known = await install(server.url, { ca: certificates.ca })
    expect(known.code, known.stdout).toBe(0)
  })

  test('is verified even if the environment disables it', async () => {
    await using server = await RegistryServer.open(rig.registry, { tls })
    const { code } = await install(server.url, {}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(code).toBe(8)
    expect(server.asked).toEqual([])
  })

  test('with a certificate for another host is refused', async () => {
    await using server = await RegistryServer.open(rig.registry, { tls, host: '127.0.0.2' })
    const { code, json } = await install(server.url, { ca: certificates.ca })
    expect([code, json.error?.code]).toEqual([8, 'REGISTRY_UNREACHABLE'])
    expect(json.error?.hint).toContain('certificate')
  })

  test('sends a client certificate if the server requires one, also through a proxy', async () => {
    const ca = fs.readFileSync(certificates.ca)
    await using server = await RegistryServer.open(rig.registry, {
      tls: { ...tls, ca, requestCert: true, rejectUnauthorized: true },
    })
    await using proxy = await Proxy.open({ hosts: { 'registry.test': server.port } })
    const network = { ca: certificates.ca, ...certificates.client }
    expect((await install(server.url, { ca: certificates.ca })).code).toBe(8)
    const direct = await install(server.url, network)
    expect(direct.code, direct.stdout).toBe(0)
    const httpsProxy = `http://127.0.0.1:${proxy.port}`
    const proxied = await install('https://registry.test/', { ...network, httpsProxy })
    expect(proxied.code, proxied.stdout).toBe(0)
    expect(proxy.asked.every(({ method }) => method === 'CONNECT')).toBe(true)
    expect((await install('https://registry.test/', { ca: certificates.ca, httpsProxy })).code).toBe(8)
  })

  test('is refused with a key that others can read', async () => {
    const key = rig.path('open.key')
    fs.copyFileSync(certificates.client.key, key)
    fs.chmodSync(key, 0o644)
    const { code, json } = await install('https://registry.test/', { cert: certificates.client.cert, key })
    expect([code, json.error?.code]).toEqual([4, 'CREDENTIALS_UNSAFE'])
    const half = await install('https://registry.test/', { cert: certificates.client.cert })
    expect([half.code, half.json.error?.code]).toEqual([2, 'CONFIG_INVALID'])
  })
})
