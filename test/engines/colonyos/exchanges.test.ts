import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { RPCS, type Rpc } from '../../../src/schema/colony/rpcs.ts'
import { Json } from '../../../src/schema/colony/values.ts'
import { CpmError } from '../../../src/core/errors.ts'
import { answerOf } from '../../../src/engines/colonyos/answer.ts'

/** Exchanges between a client and a running v1.9.12 server, byte for byte, errors included. */
const recorded = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/colonyos/exchanges.json'), 'utf8'),
) as {
  http: Exchange[]
  websocket: { name: string; received: { body: string }[] }[]
}
interface Exchange {
  name: string
  request: { method: string; path: string; body: string | null }
  response: { status: number; body: string }
}

const known = new Map<string, Rpc>(Object.values(RPCS).map((rpc) => [rpc.type, rpc]))
const context = { host: 'colony.example', colony: 'rec', id: 'f'.repeat(64), redact: (text: string) => text }

/** The RPC of an exchange; anything that cpm never sends is read as any JSON. */
function rpcOf({ request }: Exchange): Rpc {
  const type = /"payloadtype":"([a-z]+)"/.exec(request.body ?? '')?.[1] ?? ''
  return known.get(type) ?? { type, reply: Json, repeatable: false }
}

function outcome(exchange: Exchange): { value: unknown } | CpmError {
  const { status, body } = exchange.response
  try {
    return { value: answerOf(rpcOf(exchange), { status, text: body }, context) }
  } catch (error) {
    if (error instanceof CpmError) return error
    throw error
  }
}

const posts = recorded.http.filter(({ request }) => request.method === 'POST' && request.path === '/api')
const named = (name: string) => {
  const exchange = posts.find((one) => one.name === name)
  if (!exchange) throw new Error(`no exchange is named ${name}`)
  return exchange
}

test('every recorded answer becomes a value of its type, or an error with a code', () => {
  const counts: Record<string, number> = {}
  for (const exchange of posts) {
    const got = outcome(exchange)
    const kind = got instanceof CpmError ? got.code : 'value'
    counts[kind] = (counts[kind] ?? 0) + 1
    // A 200 with a body is a value, anything else is an error.
    const { status, body } = exchange.response
    expect([exchange.name, kind === 'value']).toEqual([exchange.name, status === 200 && body !== ''])
  }
  expect(counts).toMatchInlineSnapshot(`
    {
      "COLONY_DENIED": 28,
      "COLONY_MISBEHAVED": 2,
      "COLONY_REFUSED": 95,
      "COLONY_TOO_OLD": 2,
      "value": 299,
    }
  `)
})

test('the recorded exchanges cover every kind of request that cpm sends over HTTP', () => {
  const types = new Set(posts.map((exchange) => rpcOf(exchange).type))
  const missing = [...known.keys()].filter((type) => !types.has(type))
  expect(missing).toEqual(['subscribeprocessmsg']) // sent over a websocket, below
})

describe('errors explain what to do', () => {
  test.each([
    [
      'getcolony by a stranger',
      'COLONY_DENIED',
      /^f+ is not a member of the colony rec on colony.example$/,
      /not the key of the colony/,
    ],
    ['submitworkflowspec by the colony owner key', 'COLONY_DENIED', /is not a member/, /not the key of the colony/],
    ['getcolony: unknown colony', 'COLONY_DENIED', /^no colony named rec on/, /COLONIES_COLONY_NAME/],
    ['getcolonystats by a stranger', 'COLONY_DENIED', /is not a member/, /use the key of a user/],
    ['getprocesshist by a stranger', 'COLONY_DENIED', /is not a member/, /use the key of a user/],
    ['error: no signature', 'COLONY_DENIED', /Invalid signature length/, undefined],
    ['error: unknown payloadtype', 'COLONY_TOO_OLD', /doesn't support nosuchmsg/, /update/],
    ['error: payload is JSON null', 'COLONY_MISBEHAVED', /answered 500 with an empty body/, /check the address/],
    ['getprocess: not found', 'COLONY_REFUSED', /refused \(404\): Failed to get process, process not found/, undefined],
    ['submitworkflowspec: bad mem in a node', 'COLONY_REFUSED', /failed to add process/, undefined],
  ] as const)('%s: %s', (name, code, message, hint) => {
    const got = outcome(named(name))
    expect(got).toMatchObject({ code, message: expect.stringMatching(message) as string })
    if (hint) expect((got as CpmError).hint).toMatch(hint)
  })

  test('a plain text page is not an answer of a colony', () => {
    const get = recorded.http.find(({ name }) => name === 'unknown path')?.response
    expect(() => answerOf(RPCS.getColony, { status: get?.status ?? 0, text: get?.body ?? '' }, context)).toThrow(
      /answered 404 without an envelope: 404 page not found/,
    )
  })
})

describe('unusual answers', () => {
  test('an empty list may be null', () => {
    const empty = posts.filter(({ response }) => response.body.includes('"bnVsbA=="'))
    expect(empty.length).toBeGreaterThan(3)
    for (const exchange of empty) if (known.has(rpcOf(exchange).type)) expect(outcome(exchange)).toEqual({ value: [] })
  })

  test('timestamps keep every digit', () => {
    const exchange = posts.find((one) => rpcOf(one) === RPCS.getLogs && one.response.body.length > 400)
    const { payload } = JSON.parse(exchange?.response.body ?? '') as { payload: string }
    const digits = [
      ...Buffer.from(payload, 'base64')
        .toString()
        .matchAll(/"timestamp":\s*(\d+)/g),
    ].map((m) => m[1])
    const logs = answerOf(RPCS.getLogs, { status: 200, text: exchange?.response.body ?? '' }, context)
    expect(logs.map(({ timestamp }) => String(timestamp))).toEqual(digits)
    expect(digits.length).toBeGreaterThan(1)
    expect(digits.some((text) => String(Number(text)) !== text)).toBe(true) // a double would have lost some
  })

  test('websocket messages read the same way', () => {
    const frames = recorded.websocket.flatMap(({ received }) => received.map(({ body }) => body))
    const states = frames.map((body) => {
      try {
        return answerOf(RPCS.subscribeProcess, { status: 200, text: body }, context).state
      } catch (error) {
        return (error as CpmError).code
      }
    })
    expect(states).toMatchInlineSnapshot(`
      [
        "successful",
        "successful",
        "COLONY_REFUSED",
        "successful",
        "waiting",
        "COLONY_REFUSED",
      ]
    `)
  })
})
