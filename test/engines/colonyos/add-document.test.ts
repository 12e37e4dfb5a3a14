import { Agent } from 'undici'
import { afterAll, expect, test } from 'vitest'
import { BlueprintDefinitionSpec, BlueprintSpec } from '../../../src/schema/specs/blueprint.ts'
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

test('the colony owner adds a definition, which is found again and never mistaken for another', async () => {
  await using colony = await FakeColony.start()
  const { user, colonyOwner } = colony
  await expect(add(colony, user, definition('widgets'))).rejects.toMatchObject({ code: 'COLONY_DENIED' })
  expect(await add(colony, colonyOwner, definition('widgets'))).toMatchObject({ outcome: 'added', name: 'widgets' })
  expect(await add(colony, colonyOwner, definition('widgets'))).toMatchObject({ outcome: 'unchanged' })
  await expect(add(colony, colonyOwner, definition('others'))).rejects.toMatchObject({
    message: expect.stringContaining('widgets with a different spec') as string,
    hint: expect.stringContaining('colonies blueprint definition remove --name widgets, then') as string,
  })
  expect(colony.definitions).toHaveLength(1)
})

test('a definition that the server keeps in part is unchanged the second time, and the lost parts are listed', async () => {
  await using colony = await FakeColony.start()
  const rich = (fps: Record<string, unknown>, more: Record<string, unknown> = {}) => {
    const plain = definition('widgets')
    const image = { type: 'string', pattern: '^a', description: '', default: '' }
    const list = { type: 'array', items: { type: 'object', required: ['a'], properties: { a: {} } } }
    const schema = { type: 'object', description: 'x', properties: { fps, image, list }, required: [], ...more }
    return BlueprintDefinitionSpec.parse({ ...plain, spec: { ...plain.spec, schema } })
  }
  const dropped = [
    'spec.schema.description',
    'spec.schema.properties.fps.minimum',
    'spec.schema.properties.image.pattern',
    'spec.schema.properties.list.items.required',
  ]
  const document = rich({ type: 'number', minimum: 1 })
  expect(await add(colony, colony.colonyOwner, document)).toMatchObject({ outcome: 'added', dropped })
  expect(await add(colony, colony.colonyOwner, document)).toMatchObject({ outcome: 'unchanged', dropped })
  // What the server doesn't keep makes no difference; everything else does, also if the wanted definition has less.
  expect(await add(colony, colony.colonyOwner, rich({ type: 'number' }))).toMatchObject({ outcome: 'unchanged' })
  await expect(add(colony, colony.colonyOwner, rich({}))).rejects.toMatchObject({ code: 'COLONY_REFUSED' })
  await expect(add(colony, colony.colonyOwner, definition('widgets'))).rejects.toMatchObject({ code: 'COLONY_REFUSED' })
  await expect(add(colony, colony.colonyOwner, rich({ type: 'number' }, { required: ['fps'] }))).rejects.toMatchObject({
    code: 'COLONY_REFUSED',
  })
})

test('a blueprint changes only if its spec, labels or location differ', async () => {
  await using colony = await FakeColony.start()
  const camera = (metadata: Record<string, unknown>, spec: Record<string, unknown>) =>
    BlueprintSpec.parse({ kind: 'Blueprint', definition: 'Camera', metadata: { name: 'front', ...metadata }, spec })
  const outcome = async (document: LastingDocument) => (await add(colony, colony.user, document)).outcome
  expect(await outcome(camera({}, { fps: 5, empty: {} }))).toBe('added')
  expect(await outcome(camera({}, { fps: 5, empty: {} }))).toBe('unchanged')
  expect(await outcome(camera({ labels: {} }, { empty: {}, fps: 5 }))).toBe('unchanged')
  expect(await outcome(camera({ labels: { a: 'b' } }, { fps: 5, empty: {} }))).toBe('changed')
  expect(await outcome(camera({ labels: { a: 'b' }, locationname: 'x' }, { fps: 5, empty: {} }))).toBe('changed')
  expect(await outcome(camera({ labels: { a: 'b' }, locationname: 'x' }, { fps: 6, empty: {} }))).toBe('changed')
  expect(await outcome(camera({ labels: { a: 'b' }, locationname: 'x' }, { fps: 6, empty: {} }))).toBe('unchanged')
})

test('a lost answer never adds a document twice', async () => {
  await using colony = await FakeColony.start()
  const functions = [{ nodename: 'a', funcname: 'f', conditions: { executortype: 't' } }]
  const cron = CronSpec.parse({ kind: 'Cron', name: 'nightly', interval: 60, functions })
  colony.fail('addcronmsg', 'lost')
  await expect(add(colony, colony.user, cron)).rejects.toMatchObject({ code: 'COLONY_UNREACHABLE' })
  expect(await add(colony, colony.user, cron)).toMatchObject({ outcome: 'unchanged' })
  expect(colony.crons).toHaveLength(1)
})
