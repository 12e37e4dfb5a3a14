import { expect, test } from 'vitest'
import { checkTemplates } from '../../../src/workflow/templates/check-templates.ts'
import { TestPackage } from '../rig.ts'

function check(rest: string, files: Record<string, string>): string[] {
  using sample = new TestPackage(rest, files)
  return checkTemplates(sample.path, sample.manifest).map((p) => `${p.file}:${p.line}:${p.column} ${p.message}`)
}

const node = (name: string) =>
  `kind: Workflow\nfunctions:\n  - { nodename: '${name}', funcname: f, conditions: { executortype: x } }\n`

test('finds no problems in a valid package, even though required inputs have no values', () => {
  const inputs = 'inputs: [{ key: name, type: string, required: true }]'
  expect(check(inputs, { 'workflows/main.yaml': node('n-${inputs.name}') })).toEqual([])
  expect(check('', {})).toEqual([])
})

test('reports every problem of inputs, values and all workflows, but not of unused partials', () => {
  const inputs = 'inputs: [{ key: name, type: string }, { key: size, type: integer, default: x }]'
  const files = {
    'values.yaml': 'nme: x\n',
    'workflows/a.yaml': node('${inputs.nme}'),
    'workflows/b.json': '{ "kind": "Workflow", "functions": [{ "nodename": "${pkg.nam}" }] }',
    'workflows/_part.yaml': '${',
    'workflows/broken.yml': 'a: [',
  }
  expect(check(inputs, files)).toEqual([
    'colony.yaml:4:76 the default of size must be an integer',
    'values.yaml:1:1 nme is not a declared input; did you mean name?',
    'workflows/a.yaml:3:27 there is no input nme; did you mean name?',
    'workflows/b.json:1:37 funcname is missing',
    'workflows/b.json:1:37 conditions is missing',
    'workflows/b.json:1:58 pkg has no field nam; did you mean name?',
    'workflows/broken.yml:1:5 this bracket is not closed, or the lines inside it are not indented',
  ])
})

test('kind and payload must be literals, since they are needed before any value is known', () => {
  const inputs = 'inputs: [{ key: name, type: string }]'
  expect(check(inputs, { 'workflows/a.yaml': "kind: '${inputs.name}'\n" })).toEqual([
    'workflows/a.yaml:1:7 kind must be a literal, not an expression',
  ])
  const text = node('n').replace('Workflow\n', "Workflow\npayload: '${inputs.name}'\n")
  expect(check(inputs, { 'workflows/a.yaml': text })).toEqual([
    'workflows/a.yaml:2:10 payload must be a literal, not an expression',
  ])
})
