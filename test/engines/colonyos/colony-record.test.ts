import { Agent } from 'undici'
import { expect, test } from 'vitest'
import { ColonyClient } from '../../../src/engines/colonyos/client.ts'
import { requireSamePlace } from '../../../src/engines/colonyos/colony-record.ts'
import { errorOf } from '../../workflow/rig.ts'

test('a run is only read from its own colony, as the user who submitted it', async () => {
  const wire = { url: new URL('http://127.0.0.1:50080/'), dispatcher: new Agent(), timeout: 1000 }
  const client = new ColonyClient({ wire, colony: 'dev', identity: { id: 'me', sign: (text) => text } })
  const place = { address: 'http://127.0.0.1:50080/', name: 'dev', user: 'me' }
  requireSamePlace('r1', place, client)
  for (const other of [{ address: 'http://127.0.0.1:50081/' }, { name: 'prod' }, { user: 'you' }]) {
    const error = await errorOf(() => {
      requireSamePlace('r1', { ...place, ...other }, client)
    })
    expect(error.code).toBe('COLONY_NOT_CHOSEN')
  }
})
