import fs from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createPool } from '../../../src/core/pool.ts'
import type { InputDeclaration } from '../../../src/schema/input.ts'
import { diffLines } from '../../../src/workflow/tests/diff.ts'
import { generateValues } from '../../../src/workflow/tests/generate-values.ts'
import { runTests } from '../../../src/workflow/tests/run-tests.ts'
import { TestPackage } from '../rig.ts'

const pool = createPool()
afterAll(() => pool.close())

const INPUTS = `inputs:
  - { key: size, type: integer, default: 2, min: 1, max: 9 }
  - { key: names, type: list, items: { type: string }, default: [a] }`
const WORKFLOW = `kind: Workflow
functions:
  - $for: n in inputs.names
    nodename: n-\${n}
    funcname: f
    priority: \${inputs.size}
    conditions: { executortype: x }
`

function run(sample: TestPackage, { update = false, rounds = 0 } = {}) {
  const { path: root, manifest } = sample
  return runTests({ pool, root, manifest, update, seed: 1, rounds })
}

async function failuresOf(cases: string, workflow = WORKFLOW): Promise<string[]> {
  using sample = new TestPackage(INPUTS, { 'workflows/main.yaml': workflow, 'tests/a.yaml': cases })
  const report = await run(sample)
  return 'problems' in report
    ? report.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)
    : report.tests.flatMap(({ failures }) => failures)
}

test('cases pass if the rendered document is as expected', async () => {
  const cases = `cases:
  - name: by default
    assert:
      - size(spec.functions) == 1
      - { 'functions[0].nodename': n-a, 'functions[0].conditions': { executortype: x, dependencies: [] } }
  - name: with values
    values: { size: 5, names: [b, c] }
    assert: [ 'spec.functions.all(f, f.priority == 5)' ]
  - name: refused
    values: { size: 10 }
    error: size must be at most 9
`
  expect(await failuresOf(cases)).toEqual([])
})

test.each([
  ['assert: [size(spec.functions) == 2]', 'tests/a.yaml:3:14 size(spec.functions) == 2 is false'],
  ["assert: ['spec.nope == 1']", 'tests/a.yaml:3:14 spec.nope == 1: '],
  ["assert: ['1 + 1']", '1 + 1 is neither true nor false'],
  ["assert: ['spec.functions[']", 'tests/a.yaml:3:14 spec.functions[: '],
  ["assert: [{ 'functions[0].nodename': x }]", 'functions[0].nodename should be "x", but it is "n-a"'],
  [
    "assert: [{ 'functions[0].conditions': { executortype: x, dependencies: [], mem: 1Mi } }]",
    'functions[0].conditions should be {"executortype"',
  ],
  ["assert: [{ 'functions[0].conditions.dependencies': [a] }]", 'should be ["a"], but it is []'],
  ["assert: [{ 'functions[7].nodename': x }]", 'functions[7].nodename should be "x", but it is missing'],
  ['values: { size: 10 }', 'size must be at most 9'],
  ['values: { sise: 1 }', 'sise is not a declared input; did you mean size?'],
  ['error: nope', 'it rendered, but should fail with: nope'],
  ['{ values: { size: 10 }, error: nope }'.slice(2, -2), 'but not with: nope'],
  ['values: { names: [b, b] }', 'two nodes are named n-b'],
  ['snapshot: true', 'there is no snapshot yet: run cpm test --update'],
  ['asert: []', 'tests/a.yaml:3:5 unknown key asert; did you mean assert?'],
])('%s fails', async (text, message) => {
  const lines = text.replace(/\}, error/, '}\n    error')
  const failures = await failuresOf(`cases:\n  - name: x\n    ${lines}\n`)
  expect(failures.join('\n')).toContain(message)
})

test('a snapshot is written on request, then compared, and a failure lists the lines that differ', async () => {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml': WORKFLOW,
    'tests/a.yaml': 'cases:\n  - { name: It is so!, snapshot: true }\n',
  })
  const failures = async (update = false) => {
    const report = await run(sample, { update })
    return 'tests' in report ? report.tests.flatMap((result) => result.failures) : ['unreadable']
  }
  expect(await failures(true)).toEqual([])
  expect(fs.existsSync(path.join(sample.path, 'tests/snapshots/a-it-is-so.yaml'))).toBe(true)
  expect(await failures()).toEqual([])
  sample.write({ 'workflows/main.yaml': WORKFLOW.replace('funcname: f', 'funcname: g') })
  const [failure = ''] = await failures()
  expect(failure).toContain('-     funcname: f\n+     funcname: g\n')
  expect(await failures(true)).toEqual([])
  expect(await failures()).toEqual([])
})

test('cases that would share a snapshot are refused before it is written', async () => {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml': WORKFLOW,
    'tests/a.yaml': 'cases:\n  - { name: size 1.5, snapshot: true }\n  - { name: size 1-5, snapshot: true }\n',
  })
  const report = await run(sample, { update: true })
  expect(report).toMatchObject({ problems: [{ line: 3, message: 'size 1-5 and size 1.5 share a snapshot' }] })
  expect(fs.existsSync(path.join(sample.path, 'tests/snapshots'))).toBe(false)
})

test('a snapshot that is a link does not reveal another file', async () => {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml': WORKFLOW,
    'tests/a.yaml': 'cases:\n  - { name: b, snapshot: true }\n',
    private: 'a line for nobody',
    'tests/snapshots/.keep': '',
  })
  fs.symlinkSync(path.join(sample.path, 'private'), path.join(sample.path, 'tests/snapshots/a-b.yaml'))
  const error = await run(sample).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'FILE_UNREADABLE' })
  expect(JSON.stringify(error)).not.toContain('for nobody')
})

describe('generated values', () => {
  test('find documents that render only with some values', async () => {
    using sample = new TestPackage(INPUTS, {
      'workflows/main.yaml': WORKFLOW.replace('${inputs.size}', '${10 / (inputs.size - 9)}'),
    })
    const report = await run(sample, { rounds: 20 })
    if ('problems' in report) throw new Error('unreadable')
    const [found] = report.generated
    expect(found?.failure?.message).toContain('division by zero')
    expect(found?.failure?.values.size).toBe(9)
  })

  const declared: InputDeclaration[] = [
    { key: 'a.n', type: 'integer', min: -3, max: 3, required: true },
    { key: 'r', type: 'number', min: 0, max: 1 },
    { key: 'o', type: 'string', options: ['x', 'y'] },
    { key: 's', type: 'string', secret: true, required: true },
    { key: 'l', type: 'list', items: { type: 'map', fields: [{ key: 'k', type: 'string', required: true }] } },
    { key: 'b', type: 'boolean', default: true },
  ]

  test('are the same for the same seed, and fit the declarations', () => {
    for (let round = 0; round < 50; round++) {
      const values = generateValues(declared, { seed: 7, round })
      expect(values).toEqual(generateValues(declared, { seed: 7, round }))
      expect(values['a.n']).toBeGreaterThanOrEqual(-3)
      expect(values['a.n']).toBeLessThanOrEqual(3)
      expect(values.s).toMatch(/^secret:/)
      if ('o' in values) expect(['x', 'y']).toContain(values.o)
    }
    expect(generateValues(declared, { seed: 7, round: 5 })).not.toEqual(generateValues(declared, { seed: 8, round: 5 }))
  })

  test('start with the required inputs only, then with the lowest and highest values of all inputs', () => {
    expect(Object.keys(generateValues(declared, { seed: 1, round: 0 }))).toEqual(['a.n', 's'])
    expect(generateValues(declared, { seed: 1, round: 1 })).toMatchObject({ 'a.n': -3, r: 0, o: 'x', b: false })
    expect(generateValues(declared, { seed: 1, round: 2 })).toMatchObject({ 'a.n': 3, r: 1, o: 'y', b: true })
  })
})

test('a difference shows the changed lines with some context', () => {
  const before = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  const after = [...before.slice(0, 10), 'new', ...before.slice(11)]
  expect(diffLines(before.join('\n'), after.join('\n'))).toEqual([
    '  line 8',
    '  line 9',
    '- line 10',
    '+ new',
    '  line 11',
    '  line 12',
    '  …',
  ])
})

describe('generated values reach the packages whose workflows are included', () => {
  const includes = (name: string) => `kind: Workflow\nfunctions: [{ $include: ${name}, $as: ${name} }]\n`
  const node = (args: string) =>
    `kind: Workflow\nfunctions: [{ nodename: a, funcname: f, args: [${args}], conditions: { executortype: x } }]\n`
  const manifest = (name: string, rest: string) => `apiVersion: v1\nname: ${name}\nversion: 1.0.0\n${rest}\n`
  const TOOLS = {
    'colony_packages/tools/colony.yaml': manifest(
      'tools',
      'inputs:\n  - { key: who, type: string, required: true }\n  - { key: edge.size, type: integer, required: true, min: 3, max: 4 }',
    ),
    'colony_packages/tools/workflows/main.yaml': node("'${inputs.who}', '${inputs.edge.size}'"),
  }
  const generatedOf = async (sample: TestPackage) => {
    const report = await run(sample, { rounds: 5 })
    return 'problems' in report ? report.problems : report.generated
  }
  const passed = [{ workflow: 'main.yaml', seed: 1, rounds: 5 }]

  test('required inputs of an included package are set, so that the tests can pass', async () => {
    using sample = new TestPackage("dependencies: { tools: '*' }", { ...TOOLS, 'workflows/main.yaml': includes('tools') }) // prettier-ignore
    expect(await generatedOf(sample)).toEqual(passed)
  })

  test('required inputs of a package that an included package includes are set', async () => {
    using sample = new TestPackage("dependencies: { middle: '*' }", {
      ...TOOLS,
      'colony_packages/middle/colony.yaml': manifest('middle', "dependencies: { tools: '*' }"),
      'colony_packages/middle/workflows/main.yaml': includes('tools'),
      'workflows/main.yaml': includes('middle'),
    })
    expect(await generatedOf(sample)).toEqual(passed)
  })

  test('values set by the package itself stay, and a failure shows the values by package', async () => {
    const files = {
      ...TOOLS,
      'colony_packages/tools/workflows/main.yaml': node('\'${inputs.who == "ada" ? 1 / (inputs.edge.size - 3) : 0}\''),
      'values.yaml': 'tools: { who: ada }\n',
      'workflows/main.yaml': includes('tools'),
    }
    using sample = new TestPackage("dependencies: { tools: '*' }", files)
    expect(await generatedOf(sample)).toMatchObject([
      { failure: { values: { tools: { 'edge.size': 3 } }, message: expect.stringContaining('zero') as string } },
    ])
  })
})
