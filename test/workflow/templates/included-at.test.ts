import { expect, test } from 'vitest'
import type { InputDeclaration } from '../../../src/schema/input.ts'
import { checkSample, checkSpec } from '../../../src/workflow/specs/checks.ts'
import { printSpec, sourcesIn } from '../../../src/workflow/specs/print-spec.ts'
import { linesOf, type MemoryPackage, render } from './harness.ts'

const INPUTS: InputDeclaration[] = [
  { key: 'names', type: 'list', items: { type: 'string' } },
  { key: 'name', type: 'string' },
]
const VALUES = { names: ['a', 'b'], name: 'Not A Name' }
const MAIN = `kind: Workflow
functions:
  - $include: _outer.yaml
`
const OUTER = '- $include: _inner.yaml\n'

function renderMain(files: Record<string, string>, more: MemoryPackage[] = []) {
  const dependencies = more.map(({ name }) => name ?? '')
  return render([{ inputs: INPUTS, values: VALUES, dependencies, files: { 'main.yaml': MAIN, ...files } }, ...more])
}

function problems(files: Record<string, string>, more?: MemoryPackage[]): string[] {
  const { problems, root, sample } = renderMain(files, more)
  if (problems.length > 0) return linesOf(problems)
  const ofSample = sample ? checkSample(sample) : []
  return linesOf(ofSample.length > 0 || !root ? ofSample : checkSpec(root).problems)
}

const inner = (text: string) => ({ '_outer.yaml': OUTER, '_inner.yaml': text })
const node = (rest: string) => `{ funcname: f, conditions: { executortype: x }, ${rest} }\n`
const way = '(included at _outer.yaml:1:13 from main.yaml:3:15)'

test.each([
  ['of an expression', "nodename: '${inputs.nme}'\n", '1:21 there is no input nme; did you mean name?'],
  ['of an expression, with values', node("nodename: '${inputs.names[5]}'"), '1:62 the list has 2 items'],
  ['of a structural key', 'nodename: { $fro: 1 }\n', '1:13 there is no structural key $fro; did you mean $for?'],
  ['of its use', 'nodename: { $for: n in inputs.names, a: 1 }\n', '1:19 $for makes items'],
  ['of YAML', 'a: [\n', '2:1 '],
  ['of a group', node('nodename: a').replace('x }', 'x, dependencies: [{ $all: b }] }'), '1:62 there is no $id b'],
  ['of an id', `- { $id: a, nodename: b }\n- { $id: a, nodename: c }\n`, '2:10 the $id a is already used in this file'],
  ['of an include', '$include: _inner.yaml\n', '1:11 a file includes itself: main.yaml -> _outer.yaml'],
  ['of a field', '{ nodename: a, funcnam: f, conditions: { executortype: x } }\n', '1:1 funcname is missing'],
  ['of a field, with values', node("nodename: '${inputs.name}'"), '1:59 nodename must consist of'],
  ['of the graph', node('nodename: a').replace('x }', 'x, dependencies: [b] }'), '1:62 there is no node b'],
])('a problem %s in a partial has the includes that lead there', (_what, text, problem) => {
  const [first = ''] = problems(inner(text))
  expect(first).toMatch(`_inner.yaml:${problem}`)
  expect(first.slice(-way.length)).toBe(way)
})

test('a problem in a partial lists the first places that include it, and the number of the others', () => {
  const partial = { '_inner.yaml': "nodename: '${nme}'\n" }
  const including = (count: number) => `kind: Workflow\nfunctions:\n${'  - $include: _inner.yaml\n'.repeat(count)}`
  const told = '_inner.yaml:1:14 there is no nme here (included at main.yaml:3:15, at main.yaml:4:15'
  expect(problems({ ...partial, 'main.yaml': including(2) })).toEqual([`${told})`])
  expect(problems({ ...partial, 'main.yaml': including(5) })).toEqual([`${told}, at main.yaml:5:15, 2 more)`])
})

test('a loop around an include counts as one place; problems in the including file have none', () => {
  const main = `kind: Workflow
functions:
  - { $for: n in inputs.names, $include: _inner.yaml, $as: '\${nn}' }
`
  expect(problems({ 'main.yaml': main, '_inner.yaml': node("nodename: 'n-${n.x}'") })).toEqual([
    '_inner.yaml:1:66 string has no fields: there is no x (included at main.yaml:3:42)',
    'main.yaml:3:63 there is no nn here; did you mean n?',
  ])
})

test('problems in partials of maps and in workflows of other packages have their includes too', () => {
  const main = `kind: Workflow
functions:
  - nodename: a
    $merge: [{ $include: _inner.yaml }]
  - $include: tools
`
  const tools = {
    name: 'tools',
    files: { 'main.yaml': `kind: Workflow\nfunctions: [${node('nodename: b, kwarg: 1').trim()}]\n` },
  }
  const files = { 'main.yaml': main, '_inner.yaml': '{ funcname: f, conditions: { executorname: x } }\n' }
  expect(problems(files, [tools])).toEqual([
    '_inner.yaml:1:28 conditions.executortype is missing (included at main.yaml:4:26)',
    '_inner.yaml:1:30 unknown key executorname; did you mean executornames? (included at main.yaml:4:26)',
    'tools/workflows/main.yaml:2:74 unknown key kwarg; did you mean kwargs? (included at main.yaml:5:15)',
  ])
})

test('problems and the sources of values have the includes as data', () => {
  const { problems: wrong } = renderMain(inner("nodename: '${nme}'\n"))
  const places = [
    { file: '_outer.yaml', line: 1, column: 13 },
    { file: 'main.yaml', line: 3, column: 15 },
  ]
  expect(wrong.map(({ inclusions }) => inclusions)).toEqual([[places]])

  const { root } = renderMain(inner(node("nodename: 'n-${size(inputs.names)}'")))
  if (!root) throw new Error('it does not render')
  const { spec } = checkSpec(root)
  if (!spec) throw new Error('it has mistakes')
  const named = sourcesIn(root).filter(({ path }) => path === 'functions[0].nodename' || path === 'kind')
  expect(named).toEqual([
    { path: 'kind', file: 'main.yaml', line: 1, column: 7, reads: [] },
    {
      ...{ path: 'functions[0].nodename', file: '_inner.yaml', line: 1, column: 59 },
      includedAt: places,
      reads: ['inputs.names'],
    },
  ])
  const text = printSpec(spec, root)
  expect(text).toContain(
    'nodename: n-2 # _inner.yaml:1:59 reads inputs.names, included at _outer.yaml:1:13 from main.yaml:3:15',
  )
  expect(text).toContain('kind: Workflow # main.yaml:1:7\n')
})
