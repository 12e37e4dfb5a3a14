import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RPCS } from '../../src/schema/colony/rpcs.ts'
import { Json } from '../../src/schema/colony/values.ts'
import { Rig } from '../rig/rig.ts'
import { isServerOwner, LiveColony, title } from './live-colony.ts'
import { changing } from './live-executor.ts'
import { shown } from './shown.ts'

/** Documents that stay in a colony. Only in a separate colony, which is removed with the test. */
describe.skipIf(!isServerOwner)(`${title}: documents that stay`, () => {
  let live: LiveColony
  let rig: Rig
  let folder: string
  beforeAll(async () => {
    live = await LiveColony.open(['f'])
    rig = await Rig.create()
    const functions = `functions: [{ nodename: a, funcname: f, args: ['\${inputs.size}'], kwargs: { k: [1.5, null] }, conditions: { executortype: ${live.type}, mem: 512Mi, cpu: 500m } }]\n` // prettier-ignore
    folder = rig.package('scan@1.0.0', {
      inputs: [{ key: 'size', type: 'integer', default: 3 }],
      files: {
        'workflows/every.yaml': `kind: Cron\nname: every\ninterval: 1\nwaitforprevprocessgraph: true\n${functions}`,
        'workflows/nightly.yaml': `kind: Cron\nname: nightly\ncronexpression: '0 0 3 * * mon-fri'\n${functions}`,
        'workflows/batch.yaml': `kind: Generator\nname: batch\ntrigger: \${inputs.size - 1}\nfunctions: [{ nodename: a, funcname: f, conditions: { executortype: ${live.type} } }]\n`,
        'workflows/widgets.yaml': `kind: BlueprintDefinition\nmetadata: { name: widgets }\nspec:\n  group: example.org\n  version: v1\n  names: { kind: Widget, singular: widget, plural: '\${inputs.size == 3 ? "widgets" : "others"}' }\n`, // prettier-ignore
        'workflows/door.yaml': 'kind: Blueprint\ndefinition: Widget\nmetadata: { name: door, labels: { floor: "1" } }\nspec: { height: "${inputs.size}", parts: [a, { b: 1.5 }] }\n', // prettier-ignore
      },
    })
  })
  afterAll(async () => {
    await rig[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
  })

  const submit = async (workflow: string, args = '', env: Record<string, string> = {}) => {
    const result = await rig.cpm(`submit ${folder} --workflow ${workflow} ${args}`, { env: { ...live.env(), ...env } })
    shown(workflow, `cpm submit . --workflow ${workflow} ${args}`, result)
    return result
  }

  test.each(['every', 'nightly', 'batch'])(
    '%s is added once, found the second time and refused if it differs',
    async (name) => {
      const kind = name === 'batch' ? 'Generator' : 'Cron'
      const added = await submit(name)
      expect([added.code, added.stdout]).toEqual([0, expect.stringContaining(`added the ${kind} ${name} in the colony`) as string]) // prettier-ignore
      const again = await submit(name)
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('unchanged') as string])
      const other = await submit(name, '--set size=9')
      expect([other.code, other.stderr]).toEqual([10, expect.stringContaining(`with a different ${name === 'batch' ? 'trigger' : 'workflowspec'}`) as string]) // prettier-ignore
    },
  )

  test('the colony submits the workflow of the cron', async () => {
    const { spec } = await live.runOne(() => [])
    expect(spec).toMatchObject({ nodename: 'a', args: [3], kwargs: { k: [1.5, null] }, maxexectime: -1 })
    const crons = await live.client.call(RPCS.getCrons, { colonyname: live.colony, count: 10 })
    const every = crons.find(({ name }) => name === 'every')
    await live.client.call(RPCS.removeCron, { cronid: every?.cronid, all: false })
    await live.clear()
  })

  test('the colony submits the workflow of the generator with the packed arguments', async () => {
    const { generatorid } = await live.client.call(RPCS.resolveGenerator, { colonyname: live.colony, generatorname: 'batch' }) // prettier-ignore
    for (const arg of ['x', 'y']) await live.client.call(changing('packgeneratormsg', Json), { generatorid, arg })
    const { spec } = await live.runOne(() => [])
    expect(spec).toMatchObject({ nodename: 'a', args: ['x', 'y'], maxexectime: -1 })
  })

  test("adding a definition needs the colony's owner; its blueprints are added, found and changed", async () => {
    const owner = { COLONIES_PRVKEY: live.ownerKey }
    const denied = await submit('widgets')
    expect([denied.code, denied.stderr]).toEqual([4, expect.stringContaining('COLONY_DENIED') as string])
    expect((await submit('widgets', '', owner)).stdout).toContain('added the BlueprintDefinition widgets')
    expect((await submit('widgets', '', owner)).stdout).toContain('unchanged')
    const other = await submit('widgets', '--set size=9', owner)
    expect([other.code, other.stderr]).toEqual([10, expect.stringContaining('with a different spec') as string])

    expect((await submit('door')).stdout).toContain('added the Blueprint door')
    expect((await submit('door')).stdout).toContain('unchanged')
    expect((await submit('door', '--set size=9')).stdout).toContain('changed the Blueprint door')
    expect(await live.client.call(RPCS.getBlueprint, { namespace: live.colony, name: 'door' })).toMatchObject({ spec: { height: 9, parts: ['a', { b: 1.5 }] } }) // prettier-ignore
  })
})
