import { expect, test } from 'vitest'
import { RPCS } from '../../../src/schema/colony/rpcs.ts'
import { answerOf } from '../../../src/engines/colonyos/answer.ts'
import { errorOf } from '../../workflow/rig.ts'

test("a server's message is quoted on one line, without control characters", async () => {
  const said = Buffer.from(JSON.stringify({ status: 400, message: 'no\u001b[2J such\nthing\u0007' })).toString('base64')
  const text = JSON.stringify({ payloadtype: 'error', payload: said, error: true })
  const context = { host: 'here', colony: 'dev', id: 'me', redact: (same: string) => same }
  const { message } = await errorOf(() => answerOf(RPCS.getColony, { status: 400, text }, context))
  expect(message).toContain('here refused (400): no')
  expect(message).toMatch(/^[\x20-\x7e]*$/)
})

test('a payload that is not UTF-8 is refused, with its place', async () => {
  const bytes = Buffer.concat([Buffer.from('{"name":\n"'), Buffer.from([0xff]), Buffer.from('"}')])
  const text = JSON.stringify({ payloadtype: 'getcolonymsg', payload: bytes.toString('base64') })
  const context = { host: 'here', colony: 'dev', id: 'me', redact: (same: string) => same }
  expect(await errorOf(() => answerOf(RPCS.getColony, { status: 200, text }, context))).toMatchObject({
    code: 'COLONY_MISBEHAVED',
    message: 'here answered with a payload that is not plain UTF-8 at 2:2',
  })
})
