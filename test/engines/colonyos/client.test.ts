import { Agent } from 'undici'
import { afterAll, describe, expect, test } from 'vitest'
import { RPCS } from '../../../src/schema/colony/rpcs.ts'
import { type CpmError } from '../../../src/core/errors.ts'
import { ColonyClient } from '../../../src/engines/colonyos/client.ts'
import { identityOf } from '../../../src/engines/colonyos/identity.ts'
import { requireSecure, serverUrl } from '../../../src/engines/colonyos/server-address.ts'
import { FakeColony, type Fault } from '../../rig/colony.ts'

const dispatcher = new Agent()
afterAll(() => dispatcher.destroy())

function clientOf(colony: FakeColony, { key = colony.user.key, timeout = 5000, name = 'dev' } = {}): ColonyClient {
  return new ColonyClient({
    wire: { url: colony.url, dispatcher, timeout },
    colony: name,
    identity: identityOf(key, 'the key'),
  })
}

const WORKFLOW = {
  colonyname: 'dev',
  functionspecs: [
    { nodename: 'a', funcname: 'f', maxexectime: -1, maxwaittime: -1, maxretries: 0, priority: 0, conditions: { executortype: 't', dependencies: [] } }, // prettier-ignore
  ],
}

test('a server that verifies signatures accepts our requests', async () => {
  await using colony = await FakeColony.start()
  const client = clientOf(colony)
  expect(await client.call(RPCS.getColony, { colonyname: 'dev' })).toEqual({
    colonyid: colony.colonyOwner.id,
    name: 'dev',
  })
  expect(await client.call(RPCS.getExecutors, { colonyname: 'dev' })).toEqual([]) // sent as null
  const graph = await client.call(RPCS.submitWorkflow, { spec: WORKFLOW })
  expect(graph).toMatchObject({ state: 'waiting', initiatorid: colony.user.id, submissiontime: undefined })
  const [id = ''] = graph.processids
  const process = await client.call(RPCS.getProcess, { processid: id })
  expect(process).toMatchObject({ state: 'waiting', in: [], out: [], errors: [], starttime: undefined })
  expect(process.prioritytime > 2n ** 53n).toBe(true)
})

describe('refusals of a server', () => {
  test.each([
    ["the key of the colony's owner", (c: FakeColony) => clientOf(c, { key: c.colonyOwner.key }), 'COLONY_DENIED', /is not a member of the colony dev/], // prettier-ignore
    [
      "a colony that doesn't exist",
      (c: FakeColony) => clientOf(c, { name: 'nosuch' }),
      'COLONY_DENIED',
      /no colony named nosuch/,
    ],
  ])('%s', async (_, make, code, message) => {
    await using colony = await FakeColony.start()
    const client = make(colony)
    const error = await client.call(RPCS.getColony, { colonyname: client.colony }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  test('an empty answer to non-members', async () => {
    await using colony = await FakeColony.start()
    const error = clientOf(colony, { key: colony.colonyOwner.key }).call(RPCS.getStatistics, { colonyname: 'dev' })
    await expect(error).rejects.toMatchObject({ code: 'COLONY_DENIED' })
  })

  test('a request the server is too old for, with the version it needs', async () => {
    await using colony = await FakeColony.start()
    colony.version = 'v1.9.11'
    const error = clientOf(colony).call(RPCS.cancelGraph, { processgraphid: 'x' })
    await expect(error).rejects.toMatchObject({
      code: 'COLONY_TOO_OLD',
      hint: expect.stringContaining('1.9.12') as string,
    })
  })
})

describe('missing answers', () => {
  test.each<[Fault, string]>([
    ['cut', 'COLONY_UNREACHABLE'],
    ['lost', 'COLONY_UNREACHABLE'],
    ['empty', 'COLONY_MISBEHAVED'],
    ['silent', 'COLONY_UNREACHABLE'],
  ])('%s: a request that changes something is sent once and may have been accepted', async (fault, code) => {
    await using colony = await FakeColony.start()
    colony.fail('submitworkflowspecmsg', fault)
    const client = clientOf(colony, { timeout: fault === 'silent' ? 100 : 5000 })
    const error = await client.call(RPCS.submitWorkflow, { spec: WORKFLOW }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect((error as CpmError).details.sent).not.toBe(false)
    expect([colony.count('submitworkflowspecmsg'), colony.state.graphs.size]).toEqual([1, fault === 'lost' ? 1 : 0])
  })

  test('a read-only request is repeated', async () => {
    await using colony = await FakeColony.start()
    colony.fail('getcolonymsg', 'cut')
    await clientOf(colony).call(RPCS.getColony, { colonyname: 'dev' })
    expect(colony.count('getcolonymsg')).toBe(2)
  })

  test('a request that timed out is not repeated', async () => {
    await using colony = await FakeColony.start()
    colony.fail('getcolonymsg', 'silent')
    const asking = clientOf(colony, { timeout: 100 }).call(RPCS.getColony, { colonyname: 'dev' })
    await expect(asking).rejects.toMatchObject({ code: 'COLONY_UNREACHABLE', details: { cause: 'TIMEOUT' } })
    expect(colony.count('getcolonymsg')).toBe(1)
  })

  test('a refused connection means that nothing was sent', async () => {
    const colony = await FakeColony.start()
    const client = clientOf(colony)
    await colony[Symbol.asyncDispose]()
    const error = client.call(RPCS.submitWorkflow, { spec: WORKFLOW })
    await expect(error).rejects.toMatchObject({ code: 'COLONY_UNREACHABLE', details: { sent: false } })
  })
})

test('no error contains the key, the envelope or its signature, even if a server repeats them', async () => {
  await using colony = await FakeColony.start()
  const client = clientOf(colony)
  const errors: unknown[] = []
  for (const fault of ['cut', 'empty', 'lost'] as const) {
    colony.fail('submitworkflowspecmsg', fault)
    errors.push(await client.call(RPCS.submitWorkflow, { spec: WORKFLOW }).catch((thrown: unknown) => thrown))
  }
  colony.echo = true
  errors.push(await client.call(RPCS.submitWorkflow, { spec: WORKFLOW }).catch((thrown: unknown) => thrown))
  const texts = errors.map((error) => describeError(error))
  expect(texts.filter((text) => text.includes('<signature>'))).toHaveLength(1) // the last message, without the signature
  for (const body of colony.bodies) {
    const { payload, signature } = JSON.parse(body) as { payload: string; signature: string }
    for (const text of texts)
      for (const secret of [colony.user.key, signature, payload]) expect(text).not.toContain(secret)
  }
})

/** Everything a program could print of an error, including its causes. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return [error.stack, JSON.stringify(error), describeError(error.cause)].join('\n')
}

describe('addresses', () => {
  test.each([
    ['127.0.0.1', false],
    ['localhost', false],
    ['::1', false],
    ['colony.example.org', true],
    ['127.0.0.1.example.org', true],
  ])('%s without TLS: refused %s', (host, refused) => {
    const url = serverUrl({ host, port: 50080, tls: false })
    const check = () => {
      requireSecure(url, { insecure: false })
    }
    if (refused) expect(check).toThrow(expect.objectContaining({ code: 'CREDENTIALS_UNSAFE' }))
    else expect(check).not.toThrow()
    requireSecure(url, { insecure: true })
    requireSecure(serverUrl({ host, port: 443, tls: true }), { insecure: false })
  })

  test.each(['ada@evil.example', 'a/b', 'a b', 'a?b', 'a#b', ''])(
    'refuses a host that could change the URL: %s',
    (host) => {
      expect(() => serverUrl({ host, port: 443, tls: true })).toThrow(/is not the address/)
    },
  )
})
