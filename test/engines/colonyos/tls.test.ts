import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificates, hasOpenssl, makeCertificates } from '../../rig/certificates.ts'
import { FakeColony } from '../../rig/colony.ts'
import { Proxy } from '../../rig/proxy.ts'
import { Relay } from '../../rig/relay.ts'
import { Rig } from '../../rig/rig.ts'

/** A server behind a TLS proxy, as in practice: ColonyOS 1.9.12 itself doesn't speak TLS. */
describe.runIf(hasOpenssl)('a colony over TLS', () => {
  let rig: Rig
  let certificates: Certificates
  let colony: FakeColony
  let relay: Relay
  let folder: string
  beforeAll(async () => {
    rig = await Rig.create()
    certificates = makeCertificates(rig.path('certificates'))
    const tls = { cert: fs.readFileSync(certificates.server.cert), key: fs.readFileSync(certificates.server.key) }
    colony = await FakeColony.start()
    relay = await Relay.open({ to: { host: '127.0.0.1', port: colony.port }, tls })
    folder = rig.package('scan@1.0.0', {
      files: { 'workflows/main.yaml': 'kind: Workflow\nfunctions: [{ nodename: a, funcname: f, conditions: { executortype: x } }]\n' }, // prettier-ignore
    })
  })
  afterAll(async () => {
    await relay[Symbol.asyncDispose]()
    await colony[Symbol.asyncDispose]()
    await rig[Symbol.asyncDispose]()
  })

  const env = (more: Record<string, string> = {}) => ({ ...colony.env, COLONIES_SERVER_PORT: String(relay.port), COLONIES_TLS: 'true', ...more }) // prettier-ignore
  const records = () => rig.files(rig.home).filter((file) => file.endsWith('run.json'))
  const settings = (network: object) => {
    rig.write({ 'home/config.json': JSON.stringify({ network }) })
  }

  test.each(['network.ca', 'NODE_EXTRA_CA_CERTS'])(
    'with an authority from %s runs workflows and is followed, also over wss',
    async (by) => {
      settings(by === 'network.ca' ? { ca: certificates.ca } : {})
      const extra: Record<string, string> = by === 'network.ca' ? {} : { NODE_EXTRA_CA_CERTS: certificates.ca }
      const upgrades = relay.count('GET /pubsub HTTP/1.1')
      const subscribed = colony.count('subscribeprocessmsg')
      const running = rig.cpm(['submit', folder, '--wait'], { env: env(extra) })
      await colony.seen('subscribeprocessmsg', subscribed + 4)
      colony.runAll()
      const { code, stderr } = await running
      expect([code, stderr]).toEqual([0, expect.stringContaining('✓ a') as string])
      expect(relay.count('GET /pubsub HTTP/1.1')).toBe(upgrades + 1)
    },
  )

  test.each(['no authority', 'another authority', 'only NODE_TLS_REJECT_UNAUTHORIZED=0'])(
    'with a certificate that %s accepts is sent nothing, not even unencrypted',
    async (who) => {
      settings(who === 'another authority' ? { ca: certificates.stranger } : {})
      const [sent, asked] = [relay.sent, colony.requests.length]
      const kept = records()
      const extra: Record<string, string> = who.startsWith('only') ? { NODE_TLS_REJECT_UNAUTHORIZED: '0' } : {}
      const { code, json } = await rig.cpm(['submit', folder, '--wait', '--json'], { env: env(extra) })
      expect([code, json.error?.code]).toEqual([8, 'COLONY_UNREACHABLE'])
      expect(json.error?.hint).toContain('network.ca')
      expect([relay.sent, colony.requests.length]).toEqual([sent, asked])
      expect(records()).toEqual(kept)
    },
  )

  test('a mismatch of TLS on either side is distinguished from an unreachable server', async () => {
    settings({})
    const clear = await rig.cpm('colony info --json', { env: env({ COLONIES_TLS: 'false' }) })
    expect([clear.code, clear.json.error?.hint]).toEqual([8, expect.stringContaining('COLONIES_TLS') as string])
    const wrong = await rig.cpm('colony info --json', { env: env({ COLONIES_SERVER_PORT: String(colony.port) }) })
    expect([wrong.code, wrong.json.error?.hint]).toEqual([8, expect.stringContaining('COLONIES_TLS') as string])
  })

  test('uses the same proxy as registries, for its websocket too, unless NO_PROXY excludes it', async () => {
    settings({ ca: certificates.ca })
    await using proxy = await Proxy.open({ hosts: { 'registry.test': relay.port } })
    const far = { COLONIES_SERVER_HOST: 'registry.test', HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    const [upgrades, subscribed] = [relay.count('GET /pubsub HTTP/1.1'), colony.count('subscribeprocessmsg')]
    const running = rig.cpm(['submit', folder, '--wait'], { env: env(far) })
    await colony.seen('subscribeprocessmsg', subscribed + 4)
    colony.runAll()
    expect((await running).code).toBe(0)
    expect(relay.count('GET /pubsub HTTP/1.1')).toBe(upgrades + 1)
    expect(new Set(proxy.asked.map(({ method, target }) => `${method} ${target}`))).toEqual(new Set([`CONNECT registry.test:${relay.port}`])) // prettier-ignore
    const asked = proxy.asked.length
    const direct = await rig.cpm('colony info --json', { env: env({ ...far, NO_PROXY: '.test' }) })
    expect([direct.code, direct.json.error?.code, proxy.asked.length]).toEqual([8, 'COLONY_UNREACHABLE', asked])
  })
})
