import { Agent } from 'undici'
import { afterAll, expect, test } from 'vitest'
import { BlueprintDefinitionSpec } from '../../../src/schema/specs/blueprint.ts'
import { CronSpec } from '../../../src/schema/specs/cron.ts'
import { addDocument, type LastingDocument } from '../../../src/engines/colonyos/add-document.ts'
import { ColonyClient } from '../../../src/engines/colonyos/client.ts'
import { identityOf } from '../../../src/engines/colonyos/identity.ts'
import { FakeColony, type Member } from '../../rig/colony.ts'

const dispatcher = new Agent()
afterAll(() => dispatcher.destroy())

function add(colony: FakeColony, { key }: Member, document: LastingDocument) {
  const wire = { url: colony.url, dispatcher, timeout: 5000 }
  return addDocument(new ColonyClient({ wire, colony: 'dev', identity: identityOf(key, 'the key') }), document)
}

const definition = (plural: string) =>
  BlueprintDefinitionSpec.parse({
    kind: 'BlueprintDefinition',
    metadata: { name: 'widgets' },
    spec: { group: 'example.org', version: 'v1', names: { kind: 'Widget', singular: 'widget', plural } },
  })

test('a definition is added by the colony’s owner, found there, and never taken for another one', async () => {
  await using colony = await FakeColony.start()
  const { user, colonyOwner } = colony
  await expect(add(colony, user, definition('widgets'))).rejects.toMatchObject({ code: 'COLONY_DENIED' })
  expect(await add(colony, colonyOwner, definition('widgets'))).toMatchObject({ outcome: 'added', name: 'widgets' })
  expect(await add(colony, colonyOwner, definition('widgets'))).toMatchObject({ outcome: 'unchanged' })
  await expect(add(colony, colonyOwner, definition('others'))).rejects.toMatchObject({
    message: expect.stringContaining('widgets already, with another spec') as string,
    hint: expect.stringContaining('colonies blueprint definition remove --name widgets, then') as string,
  })
  expect(colony.definitions).toHaveLength(1)
})

test('an answer that is lost adds nothing twice', async () => {
  await using colony = await FakeColony.start()
  const functions = [{ nodename: 'a', funcname: 'f', conditions: { executortype: 't' } }]
  const cron = CronSpec.parse({ kind: 'Cron', name: 'nightly', interval: 60, functions })
  colony.fail('addcronmsg', 'lost')
  await expect(add(colony, colony.user, cron)).rejects.toMatchObject({ code: 'COLONY_UNREACHABLE' })
  expect(await add(colony, colony.user, cron)).toMatchObject({ outcome: 'unchanged' })
  expect(colony.crons).toHaveLength(1)
})
