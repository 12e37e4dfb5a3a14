import { expect, test } from 'vitest'
import { problemText } from '../../src/core/problem.ts'
import { checkPackage } from '../../src/workflow/check-package.ts'
import { TestPackage } from './rig.ts'

const node = (rest: string) => `kind: Workflow\nfunctions: [{ nodename: a, funcname: f, conditions: { executortype: x }, ${rest} }]\n` // prettier-ignore

function check(rest: string, files: Record<string, string>): { problems: string[]; warnings: string[] } {
  using sample = new TestPackage(rest, files)
  const { problems, warnings } = checkPackage(sample.path, sample.manifest)
  return { problems: problems.map(problemText), warnings: warnings.map(problemText) }
}

test('mistakes in inputs, values, workflows and tests are all reported in one run', () => {
  const { problems } = check('inputs:\n  - { key: name, type: string }\n  - { key: size, type: integer, default: x }', {
    'values.yaml': 'nme: x\n',
    'workflows/a.yaml': node("args: ['${inputs.nme}']"),
    'workflows/b.yaml': node('kwarg: {}'),
    'tests/a.yaml': 'workflow: c\ncases: [{ name: a, values: { sise: 1 } }]\n',
    'tests/b.yaml': 'cases: [{ nam: a }]\n',
  })
  expect(problems.map((line) => line.split(';')[0])).toEqual([
    'colony.yaml:6:42 the default of size must be an integer',
    'values.yaml:1:1 nme is not a declared input',
    'workflows/a.yaml:2:91 there is no input nme',
    'workflows/b.yaml:2:74 unknown key kwarg',
    'tests/a.yaml:1:11 the package has no workflow c',
    'tests/a.yaml:2:30 sise is not a declared input',
    'tests/b.yaml:1:9 cases[0].name is missing',
    'tests/b.yaml:1:11 unknown key nam',
  ])
})

test('if the manifest is invalid, unreadable parts of other files are still reported', () => {
  using sample = new TestPackage('', {
    'values.yaml': '- a\n',
    'workflows/a.yaml': node('args: { $fro: x }'),
    'workflows/_part.yaml': 'a: ${\n',
    'tests/a.yaml': 'case: []\n',
  })
  expect(checkPackage(sample.path, undefined).problems.map(({ file }) => file)).toEqual([
    ...['values.yaml', 'workflows/_part.yaml', 'workflows/a.yaml', 'tests/a.yaml', 'tests/a.yaml'],
  ])
})

test('warns about inputs that no expression reads, with the place of their declaration', () => {
  const inputs = `inputs:
  - { key: size, type: integer, default: 1 }
  - { key: sise, type: integer, default: 1 }
  - { key: store.url, type: string }
  - { key: store.token, type: string, secret: true }
  - { key: labels, type: map }
  - { key: names, type: list, items: { type: string } }
  - { key: fast, type: boolean }
  - { key: base, type: string }
  - { key: who, type: string }
  - { key: after, type: string }`
  const files = {
    'workflows/main.yaml': `$let: { b: '\${inputs.base}' }
kind: Workflow
functions:
  - $for: n in inputs.names
    $if: inputs.fast
    $do: [{ $include: _part.yaml, $as: 'x-\${inputs.who}', conditions: { dependencies: ['\${inputs.after}'] } }]
`,
    'workflows/_part.yaml': `nodename: a
args: ['\${inputs["size"]}', '\${inputs.store.url + b}']
$merge: [{ kwargs: { a: '\${inputs.labels.team}' } }]
`,
  }
  expect(check(inputs, files).warnings).toEqual([
    'colony.yaml:6:5 no expression reads the input sise',
    'colony.yaml:8:5 no expression reads the input store.token',
  ])
  const whole = { 'workflows/main.yaml': node("kwargs: '${inputs}'") }
  expect(check(inputs, whole).warnings).toEqual([])
  // A workflow that can't be parsed may read any input.
  expect(check(inputs, { ...files, 'workflows/_broken.yaml': 'a: [' }).warnings).toEqual([])
})

test('workflows that include a package that is not installed are reported separately', () => {
  using sample = new TestPackage('dependencies: { other: "*" }', {
    'workflows/a.yaml': 'kind: Workflow\nfunctions: [{ $include: other }]\n',
  })
  const { problems, uninstalled } = checkPackage(sample.path, sample.manifest)
  expect([problems, uninstalled.map(problemText)]).toEqual([
    [],
    ['workflows/a.yaml:2:25 other is not installed: run cpm install'],
  ])
})

test('warns about values that older YAML parsers read differently, in every file of the package', () => {
  const { warnings } = check("inputs: [{ key: mode, type: integer, default: 0755 }]\ndescription: 'no'\nlicense: no", {
    'values.yaml': 'sample: 12:30:45\n',
    'workflows/a.yaml': node("args: [off, '${inputs.mode}']"),
    'workflows/_part.yaml': 'args: [1_000]\n',
    'tests/a.yaml': 'workflow: a\ncases: [{ name: a, values: { mode: 010 } }]\n',
  })
  expect(warnings.map((line) => line.split(',')[0])).toEqual([
    'colony.yaml:4:47 cpm reads a decimal number here',
    'values.yaml:1:9 cpm reads a string here',
    'workflows/_part.yaml:1:8 cpm reads a string here',
    'workflows/a.yaml:2:81 cpm reads a string here',
    'tests/a.yaml:2:36 cpm reads a decimal number here',
  ])
})

test('an example must fit its input, and units belong to numbers', () => {
  const inputs = `inputs:
  - { key: size, type: integer, min: 16, example: 8 }
  - { key: parts, type: list, items: { type: map, fields: [{ key: rows, type: integer, example: many }] } }`
  expect(check(inputs, {}).problems).toEqual([
    'colony.yaml:5:51 the example of size must be at least 16',
    'colony.yaml:6:97 the example of parts[].rows must be an integer',
  ])
  const wrong = (input: string) => () => new TestPackage(`inputs: [${input}]`)
  expect(wrong('{ key: name, type: string, unit: px }')).toThrow('a unit belongs to a number, not to a string')
  expect(wrong('{ key: token, type: string, secret: true, example: env:X }')).toThrow("a secret can't have an example")
})
