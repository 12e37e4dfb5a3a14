import { afterAll, expect, test } from 'vitest'
import { exactJson } from '../../src/core/exact-json.ts'
import { createPool } from '../../src/core/pool.ts'
import { RunRecords } from '../../src/engines/runs/run-records.ts'
import { wireWorkflow } from '../../src/engines/colonyos/wire-spec.ts'
import { readOverrides, type ValuesOptions } from '../../src/workflow/values/value-overrides.ts'
import { prepareWorkflow } from '../../src/workflow/prepare.ts'
import { printSpec } from '../../src/workflow/specs/print-spec.ts'
import { errorOf, TestPackage } from './rig.ts'

const pool = createPool()
afterAll(() => pool.close())

const INPUTS = `inputs:
  - { key: any, type: map, default: {} }
  - { key: ratio, type: number, default: 2 }
  - { key: count, type: integer, default: 1 }`

function workflow(args: string): string {
  return `kind: Workflow
functions:
  - nodename: n
    funcname: f
    priority: 3.0
    args: ${args}
    conditions: { executortype: x }
`
}

async function specOf(args: string, values: string, options: ValuesOptions = {}) {
  using sample = new TestPackage(INPUTS, { 'workflows/main.yaml': workflow(args), 'given.yaml': values })
  const { path: root, manifest } = sample
  const overrides = readOverrides(root, { values: ['given.yaml'], ...options })
  const { spec } = await prepareWorkflow({ pool, root, manifest, overrides, release: 'r1', deadline: 60_000 })
  return spec
}

const argsOf = async (...from: Parameters<typeof specOf>) => exactJson((await specOf(...from)).functions[0]?.args)

const ALL = "['${inputs.any.x}', '${inputs.ratio}', '${inputs.count}', 4.0, 4, 1e3, '${inputs.any}', '${double(7)}']"
const RENDERED = '[3.0,2.0,1,4.0,4,1000.0,{"x":3.0,"y":[1,2.0]},7.0]'

test('a float without a fraction stays a float, from a values file to the input of nodes', async () => {
  expect(await argsOf(ALL, 'any: { x: 3.0, y: [1, 2.0] }\n')).toBe(RENDERED)
  expect(await argsOf(ALL, '{}\n', { setJson: ['any={"x":3.0,"y":[1,2.0]}'] })).toBe(RENDERED)
})

test('floats and integers stay distinct in records, in requests to a colony, and in YAML', async () => {
  const spec = await specOf(ALL, 'any: { x: 3.0, y: [1, 2.0] }\n')
  using folder = new TestPackage('')
  const records = new RunRecords(folder.path)
  const nodes: [] = []
  const record = { schemaVersion: 1, run: 'r1', engine: 'local', state: 'waiting', submittedAt: '2026-01-01T00:00:00Z' }
  records.create({ ...record, nodes } as unknown as Parameters<RunRecords['create']>[0], spec)
  expect(exactJson(records.spec('r1').functions[0]?.args)).toBe(RENDERED)
  expect(exactJson(wireWorkflow(spec, { colony: 'c', run: 'r1' }).spec.functionspecs[0]?.args)).toBe(RENDERED)
  const printed = printSpec(spec)
  expect(printed).toContain('- 3.0\n')
  expect(printed).toContain('- 1000.0\n')
  expect(printed).toContain('priority: 3\n')
})

test('expressions treat floats as floats', async () => {
  expect(await argsOf("['${inputs.any.x / 2.0}', '${type(inputs.any.x) == double}']", 'any: { x: 3.0 }\n')).toBe(
    '[1.5,true]',
  )
  const error = await errorOf(() => argsOf("['${inputs.any.x / 2}']", 'any: { x: 3.0 }\n'))
  expect(error.message).toContain('double / int')
  expect(await argsOf("[{ $let: { a: 3.0 }, b: '${a / 2.0}' }]", '{}\n')).toBe('[{"b":1.5}]')
})

test('the declared type of a number decides what it is, not the way it is written', async () => {
  expect(await argsOf("['${inputs.count}', '${inputs.ratio}']", 'count: 1e3\nratio: 5\n')).toBe('[1000,5.0]')
})

test.each(['12345678901234567890', '1e400', '-1e400', '.nan', '.inf'])(
  '%s in untyped values is refused with its place',
  async (number) => {
    const error = await errorOf(() => specOf('[]', `any: { x: ${number} }\n`))
    expect(error.message).toContain("given.yaml:1:8 any.x is a number that can't be represented exactly")
  },
)

test('a float without a fraction stays a float in the defaults of colony.yaml, too', async () => {
  const inputs = `inputs:
  - { key: any, type: map, default: { x: 1.0, y: [2.0, 3], z: 1e3 } }
  - { key: count, type: integer, default: 1.0, min: 0.0 }
  - key: parts
    type: list
    default: [{}]
    items: { type: map, fields: [{ key: free, type: list, default: [4.0] }] }`
  using sample = new TestPackage(inputs, {
    'workflows/main.yaml': workflow("['${inputs.any}', '${inputs.count}', '${inputs.parts}']"),
  })
  const { path: root, manifest } = sample
  const { spec } = await prepareWorkflow({ pool, root, manifest, release: 'r1', deadline: 60_000 })
  expect(exactJson(spec.functions[0]?.args)).toBe('[{"x":1.0,"y":[2.0,3],"z":1000.0},1,[{"free":[4.0]}]]')
})
