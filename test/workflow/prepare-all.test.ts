import { afterAll, expect, test } from 'vitest'
import { createPool } from '../../src/core/pool.ts'
import { prepareAll } from '../../src/workflow/prepare-all.ts'
import { runTests } from '../../src/workflow/tests/run-tests.ts'
import { overridesOfSets } from '../../src/workflow/values/value-overrides.ts'
import { errorOf, TestPackage } from './rig.ts'

const pool = createPool()
afterAll(() => pool.close())

const INPUTS = 'inputs: [{ key: a, type: string, default: x }, { key: b, type: string, default: y }]'
const NODE = '[{ nodename: n, funcname: f, conditions: { executortype: x } }]'
const cron = (name: string) => `kind: Cron\nname: ${name}\ninterval: 60\nfunctions: ${NODE}\n`
const FILES = {
  'workflows/main.yaml': `kind: Workflow\nfunctions: ${NODE}\n`,
  'workflows/day.yaml': cron("'n-${inputs.a}'"),
  'workflows/night.yaml': cron("'n-${inputs.b}'"),
}

function prepare({ path: root, manifest }: TestPackage, sets: string[] = []) {
  return prepareAll({ pool, root, manifest, overrides: overridesOfSets(sets) })
}

test('every document is rendered with the same values and the same release', async () => {
  using sample = new TestPackage(INPUTS, FILES)
  const prepared = await prepare(sample, ['a=z'])
  expect(prepared.map(({ document, source }) => [source.file, 'name' in document && document.name])).toEqual([
    ['workflows/day.yaml', 'n-z'],
    ['workflows/main.yaml', false],
    ['workflows/night.yaml', 'n-y'],
  ])
  expect(new Set(prepared.map(({ release }) => release)).size).toBe(1)
})

test('reports computed names that are equal, with the inputs they read', async () => {
  using sample = new TestPackage(INPUTS, FILES)
  const error = await errorOf(() => prepare(sample, ['b=x']))
  expect(error.message.split('\n')[1]).toBe(
    '  workflows/night.yaml:2:7 workflows/day.yaml already has a Cron named n-x (it reads inputs.b)',
  )
})

test('the problems of all documents are reported at once', async () => {
  using sample = new TestPackage(INPUTS, { ...FILES, 'workflows/dusk.yaml': cron("'${inputs.a}'"), 'workflows/dawn.yaml': cron("'${inputs.a}'") }) // prettier-ignore
  const error = await errorOf(() => prepare(sample, ['a=', 'b=']))
  const places = (error.details.problems as { file: string; line: number }[]).map(({ file, line }) => `${file}:${line}`)
  expect(places).toEqual(['dawn', 'dusk', 'night'].map((name) => `workflows/${name}.yaml:2`))
  expect(error.message).toContain('workflows/dawn.yaml is not valid:')

  using none = new TestPackage('')
  expect((await errorOf(() => prepare(none))).message).toContain('the package has no workflow')
})

test('cpm test finds equal names with generated values', async () => {
  using sample = new TestPackage(INPUTS, { ...FILES, 'workflows/night.yaml': cron("'n-${inputs.a}'") })
  const { path: root, manifest } = sample
  const report = await runTests({ pool, root, manifest, update: false, seed: 1, rounds: 2 })
  if ('problems' in report) throw new Error('unreadable')
  expect(report.generated.map(({ workflow, failure }) => [workflow, failure?.message])).toEqual([
    ['day.yaml', undefined],
    ['main.yaml', undefined],
    ['night.yaml', 'workflows/night.yaml:2:7 workflows/day.yaml already has a Cron named n-x (it reads inputs.a)'],
  ])
})
