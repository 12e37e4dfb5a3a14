import { describe, expect, test } from 'vitest'
import { checkSpec } from '../../../src/workflow/specs/checks.ts'
import type { InputDeclaration } from '../../../src/schema/input.ts'
import { linesOf, type MemoryPackage, plainOf, render } from './harness.ts'

const INPUTS: InputDeclaration[] = [
  { key: 'on', type: 'boolean' },
  { key: 'name', type: 'string' },
  { key: 'none', type: 'list', items: { type: 'string' } },
  { key: 'some', type: 'list', items: { type: 'string' } },
]
const VALUES = { on: false, none: [], some: ['a', 'b'] }

const after = (...names: string[]) => `conditions: { executortype: x, dependencies: [${names.join(', ')}] }`
const node = (name: string, ...dependencies: string[]) =>
  `{ nodename: ${name}, funcname: f, ${after(...dependencies)} }`

function outcomeOf(items: readonly string[], files: Record<string, string> = {}, more: MemoryPackage[] = []) {
  const text = `kind: Workflow\nfunctions:\n${items.map((item) => `  - ${item}\n`).join('')}`
  const dependencies = more.map(({ name }) => name ?? '')
  const main = { inputs: INPUTS, values: VALUES, files: { 'main.yaml': text, ...files }, dependencies }
  return render([main, ...more])
}

/** Returns the dependencies of each node of a workflow, which must pass all checks. */
function orderOf(items: readonly string[], files?: Record<string, string>, more?: MemoryPackage[]) {
  const { root, problems } = outcomeOf(items, files, more)
  expect(linesOf(problems)).toEqual([])
  if (root) expect(linesOf(checkSpec(root).problems)).toEqual([])
  const { functions } = plainOf(root) as { functions: { nodename: string; conditions: { dependencies: string[] } }[] }
  return Object.fromEntries(functions.map(({ nodename, conditions }) => [nodename, conditions.dependencies]))
}

const first = node('first')
const last = (which = '$all', id = 'mid') => node('last', `{ ${which}: ${id} }`)

describe('an empty group passes on the dependencies of its absent nodes', () => {
  test.each([
    ['by $if', [`{ $id: mid, $if: inputs.on, nodename: m, funcname: f, ${after('first')} }`]],
    ['by $if: false', [`{ $id: mid, $if: false, nodename: m, funcname: f, ${after('first')} }`]],
    [
      'by $for over an empty list',
      [`{ $id: mid, $for: n in inputs.none, nodename: 'm-\${n}', funcname: f, ${after('first')} }`],
    ],
    ['by $for with $if in each iteration', [`{ $id: mid, $for: n in inputs.some, $if: n == 'c', $do: [${node("'m-${n}'", 'first')}] }`]], // prettier-ignore
    ['by a partial without nodes', [`{ $id: mid, $include: _none.yaml, conditions: { dependencies: [first] } }`]],
    [
      'by a partial whose nodes are left out',
      [`{ $id: mid, $include: _off.yaml, conditions: { dependencies: [first] } }`],
    ],
    ['by a partial that has its own dependencies', [`{ $id: mid, $include: _waits.yaml, $as: p }`]],
    [
      'by a workflow of another package',
      [`{ $id: mid, $include: tools, $as: t, conditions: { dependencies: [first] } }`],
    ],
    ['by an include that is left out', [`{ $id: mid, $if: inputs.on, $include: _one.yaml, conditions: { dependencies: [first] } }`]], // prettier-ignore
    ['in a $do', [`{ $id: mid, $if: inputs.on, $do: [${node('m', 'first')}, ${node('n', 'm')}] }`]],
    ['with groups in it', [`{ $id: mid, $if: inputs.on, $do: [{ $id: inner, nodename: m, funcname: f, ${after('first')} }, ${node('n', '{ $all: inner }')}] }`]], // prettier-ignore
    ['of loops in loops', [`{ $id: mid, $for: n in inputs.some, $do: [{ $for: m in inputs.none, $do: [${node("'${m}'", 'first')}] }] }`]], // prettier-ignore
    [
      'that is merged into its nodes',
      [`{ $id: mid, $if: inputs.on, nodename: m, funcname: f, $merge: [{ ${after('first')} }] }`],
    ],
  ])('%s', (_, items) => {
    const files = {
      '_none.yaml': '[]\n',
      '_one.yaml': `- ${node('one')}\n`,
      '_off.yaml': `- { $if: inputs.on, nodename: off, funcname: f, conditions: { executortype: x } }\n`,
      '_waits.yaml': `- { $if: inputs.on, nodename: off, funcname: f, ${after('first')} }\n`,
    }
    const tools = { name: 'tools', files: { 'main.yaml': 'kind: Workflow\nfunctions: []\n' } }
    for (const which of ['$all', '$roots', '$leaves'])
      expect(orderOf([first, ...items, last(which)], files, [tools]), which).toEqual({ first: [], last: ['first'] })
  })

  test('through several empty groups in a row, and by name', () => {
    const off = (id: string, dependency: string) =>
      `{ $id: ${id}, $if: inputs.on, nodename: n-${id}, funcname: f, ${after(dependency)} }`
    const items = [off('a', 'first'), off('b', '{ $all: a }'), off('c', '{ $leaves: b }'), off('mid', 'n-c')]
    expect(orderOf([first, ...items, last()])).toEqual({ first: [], last: ['first'] })
    expect(orderOf([last(), ...items.reverse(), first])).toEqual({ last: ['first'], first: [] })
  })

  test('each dependency once, in addition to others', () => {
    const items = [
      first,
      node('other'),
      `{ $id: mid, $if: inputs.on, $do: [${node('m', 'first')}, ${node('n', 'first', 'other')}] }`,
    ]
    expect(orderOf([...items, node('last', 'first', '{ $all: mid }')])).toMatchObject({ last: ['first', 'other'] })
  })

  test('$roots passes on the dependencies of the first nodes, $leaves and $all those of all nodes', () => {
    const items = [
      first,
      node('other'),
      `{ $id: mid, $if: inputs.on, $do: [${node('m', 'first')}, ${node('n', 'm', 'other')}] }`,
    ]
    expect(orderOf([...items, last('$roots')])).toMatchObject({ last: ['first'] })
    expect(orderOf([...items, last('$leaves')])).toMatchObject({ last: ['first', 'other'] })
  })

  test('but a group that is not empty stands for its own nodes, separately in each iteration', () => {
    const loop = `{ $for: n in inputs.some, $do: [{ nodename: 'get-\${n}', funcname: f, ${after()} }, { $id: cut, $if: n == "b", nodename: 'cut-\${n}', funcname: f, ${after("'get-${n}'")} }, { nodename: 'put-\${n}', funcname: f, ${after('{ $all: cut }')} }] }`
    expect(orderOf([loop, node('end', '{ $all: cut }')])).toEqual({
      'get-a': [],
      'put-a': ['get-a'],
      'get-b': [],
      'cut-b': ['get-b'],
      'put-b': ['cut-b'],
      end: ['cut-b'],
    })
  })

  test('inside an included workflow whose roots get the dependencies next to the include', () => {
    const files = {
      '_p.yaml': `- { $id: g, $if: inputs.on, nodename: g, funcname: f, ${after()} }\n- ${node('one', '{ $all: g }')}\n`,
    }
    const include = '{ $id: mid, $include: _p.yaml, $as: p, conditions: { dependencies: [first] } }'
    expect(orderOf([first, include, last()], files)).toEqual({ first: [], 'p-one': ['first'], last: ['p-one'] })
  })

  test('absent nodes of an include are found by the names they would have', () => {
    const files = { '_p.yaml': `- { $if: inputs.on, nodename: off, funcname: f, ${after('first')} }\n` }
    const items = [first, '{ $include: _p.yaml, $as: p }', `{ $id: mid, $if: inputs.on, $do: [${node('m', 'p-off')}] }`]
    expect(orderOf([...items, last()], files)).toMatchObject({ last: ['first'] })
  })

  test('expressions of absent nodes that fail are ignored', () => {
    const loop = `{ $id: mid, $for: n in inputs.none, nodename: 'm-\${n}', funcname: f, ${after("'get-${n}'", 'first')} }`
    const off = `{ $id: off, $if: has(inputs.name), nodename: 'o-\${inputs.name}', funcname: f, ${after("'x-${inputs.name}'", '{ $all: mid }')} }`
    expect(orderOf([first, loop, off, node('last', '{ $all: off }')])).toEqual({ first: [], last: ['first'] })
  })

  test("a variable around an empty loop is not confused with the loop's own variable of the same name", () => {
    const loop = `{ $for: n in inputs.some, $do: [${node("'${n}'")}, { $id: mid, $for: n in inputs.none, nodename: 'm-\${n}', funcname: f, ${after("'${n}'")} }] }`
    expect(orderOf([loop, last()])).toEqual({ a: [], b: [], last: [] })
  })
})

describe('cycles', () => {
  const off = (id: string, dependency: string) =>
    `{ $id: ${id}, $if: inputs.on, nodename: n-${id}, funcname: f, ${after(dependency)} }`

  test.each([
    ['of empty groups only', [off('mid', '{ $all: b }'), off('b', '{ $all: mid }'), last()]],
    ['of empty groups by name', [off('mid', 'n-b'), off('b', 'n-mid'), last()]],
    ['through an empty group', [node('first', '{ $all: mid }'), off('mid', 'first')]],
  ])('%s are found', (_, items) => {
    expect(linesOf(outcomeOf(items).problems).join('\n')).toContain('dependency cycle through an empty group')
  })

  test('through an empty group and existing nodes are found', () => {
    const { root } = outcomeOf([node('first', 'last'), off('mid', 'first'), last()])
    expect(linesOf(root ? checkSpec(root).problems : [])).toEqual([
      'main.yaml:3:17 dependency cycle: first -> last -> first',
    ])
  })
})
