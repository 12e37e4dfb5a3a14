import { describe, expect, test } from 'vitest'
import { problemText } from '../../../src/core/problem.ts'
import { checkTests } from '../../../src/workflow/tests/check-tests.ts'
import { TestPackage } from '../rig.ts'

const INPUTS = `dependencies: { tools: '*' }
inputs:
  - { key: size, type: integer, required: true, max: 9 }
  - { key: token, type: string, secret: true }
  - { key: parts, type: list, items: { type: map, fields: [{ key: name, type: string, required: true }] } }`
const MAIN = 'kind: Workflow\nfunctions: []\n'
const TOOLS = `apiVersion: v1\nname: tools\nversion: 1.0.0\ninputs: [{ key: quality, type: integer }]\n`

function check(text: string, files: Record<string, string> = { 'workflows/main.yaml': MAIN }): string[] {
  using sample = new TestPackage(INPUTS, {
    'tests/a.yaml': text,
    'colony_packages/tools/colony.yaml': TOOLS,
    ...files,
  })
  const { path: root, manifest } = sample
  return checkTests({ root, manifest }, `${root}/colony_packages`).map(problemText)
}

test('finds no problems in valid tests', () => {
  const text = `workflow: main
cases:
  - { name: a, values: { size: 1, token: 'env:TOKEN', tools: { quality: 3 } }, assert: [size(spec.functions) == 0] }
  - { name: b, values: { size: 10, sise: 1 }, error: size must be at most 9 }
  - { name: c, values: { size: 2 }, assert: [{ 'functions[0].nodename': x }], snapshot: true }
`
  expect(check(text)).toEqual([])
})

describe('reports', () => {
  test.each([
    ['cases: []', '1:8 cases must have at least one case'],
    ['case: []', '1:1 cases is missing'],
    ['case: []', '1:1 unknown key case; did you mean cases?'],
    ['cases: {}', '1:8 cases must be a list'],
    ['[1]', '1:1 the file must be a map'],
    ['cases: [{ nam: x, valeus: {} }]', '1:11 unknown key nam; did you mean name?'],
    ['cases: [{ nam: x, valeus: {} }]', '1:19 unknown key valeus; did you mean values?'],
    ['cases: [{ values: { size: 1 } }]', '1:9 cases[0].name is missing'],
    ['cases: [{ name: 1 }]', '1:17 cases[0].name must be a string'],
    ['cases: [{ name: x, values: 1 }]', '1:28 cases[0].values must be a map'],
    ['cases: [{ name: x, assert: [1] }]', '1:29 cases[0].assert[0] must be an expression, or a map of paths'],
    ['cases: [{ name: x, snapshot: yes }]', '1:30 cases[0].snapshot must be true or false'],
    ['cases: [', '2:1 '],
  ])('the shape of %s', (text, problem) => {
    expect(check(`${text}\n`).some((line) => line.startsWith(`tests/a.yaml:${problem}`))).toBe(true)
  })

  test('values that do not fit, including those for dependencies, unless an error is expected', () => {
    const text = `cases:
  - name: a
    values:
      sise: 1
      size: 10
      token: in the clear
      parts: [{ name: x }, { nam: y }]
      tools: { quality: high }
  - { name: b, values: { size: 10 }, error: at most 9 }
`
    expect(check(text)).toEqual([
      'tests/a.yaml:4:7 sise is not a declared input; did you mean size?',
      'tests/a.yaml:5:7 size must be at most 9',
      'tests/a.yaml:6:7 token is secret: pass a reference (secret:NAME, env:NAME or file:PATH), not the value',
      'tests/a.yaml:7:28 parts[1].name is required',
      'tests/a.yaml:7:30 parts[1].nam is not a declared input; did you mean name?',
      'tests/a.yaml:8:16 tools.quality must be an integer',
    ])
  })

  test('required inputs that a case does not set', () => {
    expect(check('cases:\n  - name: a\n')).toEqual(['tests/a.yaml:2:5 size is required'])
  })

  test('required inputs of packages that are always included, but not of those included under a condition', () => {
    const text = 'cases:\n  - { name: a, values: { size: 1 } }\n'
    const files = (include: string) => ({
      'workflows/main.yaml': `kind: Workflow\nfunctions: [${include}]\n`,
      'colony_packages/tools/colony.yaml': TOOLS.replace('integer', 'integer, required: true'),
      'colony_packages/tools/workflows/main.yaml': MAIN,
    })
    expect(check(text, files('{ $include: tools }'))).toEqual(['tests/a.yaml:2:5 tools.quality is required'])
    expect(check(text, files('{ $if: inputs.size > 1, $include: tools }'))).toEqual([])
  })

  test("assertions that can't be evaluated, and invalid paths", () => {
    const text = `cases:
  - name: a
    values: { size: 1 }
    assert:
      - sise(spec.functions) == 1
      - spec.functions[
      - '1 + 1'
      - { 'functions[x].nodename': a }
      - spec.functions[0].nodename == 'a'
`
    expect(check(text)).toEqual([
      'tests/a.yaml:5:9 sise(spec.functions) == 1: there is no function sise; did you mean size?',
      'tests/a.yaml:6:9 spec.functions[: the expression is incomplete',
      'tests/a.yaml:7:9 1 + 1 is neither true nor false',
      'tests/a.yaml:8:9 "functions[x].nodename" is not a valid key: write it like size, store.url or datasets[0].name',
    ])
  })

  test('cases with the same name or the same snapshot', () => {
    const text = 'cases:\n  - { name: a b, values: &x }\n'.replace(' &x', ' { size: 1 }')
    const more = '  - { name: a b, values: { size: 1 } }\n  - { name: A-B!, values: { size: 1 } }\n'
    expect(check(text + more)).toEqual([
      'tests/a.yaml:3:13 two cases are named a b',
      'tests/a.yaml:4:13 A-B! and a b share a snapshot',
    ])
  })

  test('workflows that do not exist', () => {
    const two = { 'workflows/day.yaml': MAIN, 'workflows/night.yaml': MAIN }
    const cases = 'cases: [{ name: a, values: { size: 1 } }]\n'
    expect(check(`workflow: nigth\n${cases}`, two)).toEqual([
      'tests/a.yaml:1:11 the package has no workflow nigth; did you mean night?; it has day.yaml, night.yaml',
    ])
    expect(check(cases, two)).toEqual([
      'tests/a.yaml:1:1 workflow is missing, and the package has no main.yaml; it has day.yaml, night.yaml',
    ])
    expect(check(`workflow: night\n${cases}`, two)).toEqual([])
  })
})
