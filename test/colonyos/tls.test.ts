import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasOpenssl, makeCertificates } from '../rig/certificates.ts'
import { Relay } from '../rig/relay.ts'
import { Rig } from '../rig/rig.ts'
import { LiveColony, missing, SERVER, title } from './live-colony.ts'
import { shown } from './shown.ts'

/** The real server behind a TLS proxy: a 1.9.12 server doesn't use TLS, even with COLONIES_TLS=true (docs/colonyos.md). */
describe.skipIf(missing.length > 0 || !hasOpenssl)(`${title}: over TLS`, () => {
  let live: LiveColony
  let rig: Rig
  let relay: Relay
  let ca: string
  let folder: string
  beforeAll(async () => {
    live = await LiveColony.open(['f'])
    rig = await Rig.create()
    const certificates = makeCertificates(rig.path('certificates'))
    ca = certificates.ca
    const [cert, key] = [certificates.server.cert, certificates.server.key].map((file) => fs.readFileSync(file))
    relay = await Relay.open({ to: SERVER, ...(cert && key && { tls: { cert, key } }) })
    const workflow = `kind: Workflow\nfunctions: [{ nodename: a, funcname: f, conditions: { executortype: ${live.type} } }]\n`
    // The node ends only after cpm has subscribed to the run.
    live.executor.serve(async () => {
      await relay.seen('GET /pubsub')
      return ['done']
    })
    folder = rig.package('scan@1.0.0', { files: { 'workflows/main.yaml': workflow } })
  })
  afterAll(async () => {
    await relay[Symbol.asyncDispose]()
    await rig[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
  })

  const submit = async (more: Record<string, string>) => {
    const result = await rig.cpm(['submit', folder, '--wait'], { env: { ...live.env(relay), COLONIES_TLS: 'true', ...more } }) // prettier-ignore
    shown(JSON.stringify(Object.keys(more)), 'cpm submit . --wait', result)
    return result
  }

  test('submits and follows a run over https and wss', async () => {
    const { code, stdout, stderr } = await submit({ NODE_EXTRA_CA_CERTS: ca })
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('a: ["done"]') as string])
    expect(relay.count('GET /pubsub')).toBe(1)
    expect(relay.count('"payloadtype":"submitworkflowspecmsg"')).toBe(1)
  })

  test('sends nothing to a server whose certificate is not trusted', async () => {
    const before = [relay.sent, await live.statistics()]
    const { code, stderr } = await submit({})
    expect([code, stderr]).toEqual([8, expect.stringContaining('COLONY_UNREACHABLE') as string])
    expect(stderr).toContain('network.ca')
    expect([relay.sent, await live.statistics()]).toEqual(before)
  })
})
