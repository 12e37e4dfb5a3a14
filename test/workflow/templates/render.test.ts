import { describe, expect, test } from 'vitest'
import type { InputDeclaration } from '../../../src/schema/input.ts'
import type { OutputLimits } from '../../../src/workflow/templates/result.ts'
import type { Values } from '../../../src/workflow/values/fit-value.ts'
import { render as renderPackages } from './harness.ts'
import { dataOf, keyPlace, nodeAt } from '../../../src/workflow/templates/rendered.ts'

const INPUTS: InputDeclaration[] = [
  { key: 'name', type: 'string' },
  { key: 'size', type: 'integer' },
  { key: 'ratio', type: 'number' },
  { key: 'fast', type: 'boolean' },
  { key: 'names', type: 'list', items: { type: 'string' } },
  { key: 'any', type: 'map' },
]

function render(text: string, inputs: Values = {}, limits?: OutputLimits) {
  return renderPackages([{ inputs: INPUTS, files: { 'main.yaml': text }, values: inputs }], {
    ...(limits && { limits }),
  })
}

function dataFrom(text: string, inputs?: Values): unknown {
  const { root, problems } = render(text, inputs)
  expect(problems).toEqual([])
  return root && (JSON.parse(JSON.stringify(dataOf(root))) as unknown)
}

function problemsFrom(text: string, inputs?: Values, limits?: OutputLimits): string[] {
  return render(text, inputs, limits).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

test('a scalar that is a single expression keeps its type', () => {
  const text =
    "functions:\n- args: ['${inputs.name}', '${inputs.size}', '${inputs.ratio}', '${inputs.fast}', '${inputs.names}', '${inputs.any}', '${null}']\n"
  const inputs = { name: '5', size: 5, ratio: 0.5, fast: true, names: ['a', 'b'], any: { x: [1, null, { y: 2.5 }] } }
  expect(dataFrom(text, inputs)).toEqual({
    functions: [{ args: ['5', 5, 0.5, true, ['a', 'b'], { x: [1, null, { y: 2.5 }] }, null] }],
  })
})

test('expressions inside a string become part of it', () => {
  const text =
    "a: '${inputs.size + 1}px, ${inputs.ratio * 2.0}, ${inputs.fast}, ${inputs.name}'\nb: x ${pkg.name}@${pkg.version}\n"
  expect(dataFrom(text, { name: 'ada', size: 5, ratio: 0.25, fast: false })).toEqual({
    a: '6px, 0.5, false, ada',
    b: 'x p@1.0.0',
  })
})

test('a literal ${ is written $${ and a key that starts with $ is written $$', () => {
  expect(dataFrom("$$for: '$${SCRATCH} ${inputs.name} $HOME'\nplain$${x}: 1\n", { name: 'a' })).toEqual({
    $for: '${SCRATCH} a $HOME',
    'plain${x}': 1,
  })
})

test('reads JSON as well', () => {
  expect(dataFrom('{\n\t"a": "${inputs.name + \\"}\\"}",\n\t"b": [1, 2.5e3, null]\n}\n', { name: 'x' })).toEqual({
    a: 'x}',
    b: [1, 2500, null],
  })
})

test.each([
  '${inputs.size}',
  '$${x}',
  '}',
  "'}",
  '"',
  '{{ .Values.x }}',
  ': {a: b}',
  '\n- injected: true\nfunctions: []',
  '[1, 2]',
  '{a: 1}',
  'null',
  '~',
  'true',
  '1e3',
  '*alias',
  '&anchor',
  '!!binary aGk=',
  '# comment',
  '---\nnew: document',
  '__proto__',
  ' \t trailing ',
  '\u2028\u0085\0',
])('a value is data: %j does not change the structure and is not evaluated', (nasty) => {
  const text = `
functions:
  - nodename: a
    whole: '\${inputs.name}'
    text: "<\${inputs.name}>"
    block: |
      begin \${inputs.name} end
    args: ['\${inputs.names}', '\${inputs.any}', '\${inputs.name + inputs.name}', '\${{"k": inputs.name}}']
`
  const inputs = { name: nasty, size: 7, names: [nasty], any: { key: nasty } }
  expect(dataFrom(text, inputs)).toEqual({
    functions: [
      {
        nodename: 'a',
        whole: nasty,
        text: `<${nasty}>`,
        block: `begin ${nasty} end\n`,
        args: [[nasty], { key: nasty }, nasty + nasty, { k: nasty }],
      },
    ],
  })
})

test('a list or map from an expression is allowed only in args and kwargs', () => {
  const text = "functions: '${inputs.names}'\na: '${inputs.any}'\nb: '${inputs.any.x}'\n"
  expect(problemsFrom(text)).toEqual([
    '1:15 a list or map from an expression is allowed only in args and kwargs',
    '2:7 a list or map from an expression is allowed only in args and kwargs',
  ])
  expect(problemsFrom("b: '${inputs.any.x}'\n", { any: { x: [1] } })).toEqual([
    '1:7 the expression yields a list or map, but only plain values are allowed here (it reads inputs.any)',
  ])
  expect(dataFrom("b: '${inputs.any.x}'\n", { any: { x: 1 } })).toEqual({ b: 1 })
})

test('reports all problems at once, with file, line and column', () => {
  const text = `a: '\${inputs.nme}'
b: plain \${inputs.size} and \${ inputs.sise + 1 }
c: >-
  folded
  \${inputs.name + 1}
d: "esc\\u0061ped \${inputs.nope}"
$fro: x in y
"k\${inputs.name}": 1
e: \${inputs.name
f: 'list \${inputs.names}'
g: 99999999999999999999
h: .inf
i: '\${1u}'
`
  expect(problemsFrom(text)).toEqual([
    '7:1 there is no structural key $fro; did you mean $for? (a plain key that starts with $ is written $$)',
    "8:1 k${inputs.name}: a key can't contain an expression (a literal ${ is written $${)",
    '9:4 the expression is not closed: } is missing (a literal ${ is written $${)',
    "11:4 the number 99999999999999999999 can't be represented exactly: write it as a string",
    "12:4 the number .inf can't be represented exactly: write it as a string",
  ])
  const rest = text
    .split('\n')
    .filter((line) => !/^[$"egh]/.test(line))
    .join('\n')
  expect(problemsFrom(rest)).toEqual([
    '1:14 there is no input nme; did you mean name?',
    '2:39 there is no input sise; did you mean size?',
    '5:5 incompatible types: string + int; string(…) converts it to a string',
    '6:27 there is no input nope',
    '7:12 only a string, number or boolean can be part of a string, not list<string>',
    "8:7 a spec can't contain a value of type uint",
  ])
})

test('every node of the output has its place in the template', () => {
  const { root } = render("a:\n  - x\n  - { b: '${inputs.size}', c: 1 }\n", { size: 3 })
  if (!root) throw new Error('not rendered')
  expect(nodeAt(root, ['a', 1, 'b'])).toMatchObject({ line: 3, column: 10, isComputed: true })
  expect(nodeAt(root, ['a', 1, 'c'])).toMatchObject({ line: 3, column: 31, isComputed: false })
  expect(keyPlace(root, ['a', 1, 'c'])).toEqual({ file: 'main.yaml', line: 3, column: 28 })
  expect(nodeAt(root, ['a', 7, 'nowhere'])).toMatchObject({ line: 2, column: 3 })
})

test('integers are exact or refused', () => {
  expect(dataFrom("a: '${9007199254740991}'\nb: '${inputs.size}'\n", { size: -9007199254740991 })).toEqual({
    a: 9007199254740991,
    b: -9007199254740991,
  })
  expect(problemsFrom("a: '${9007199254740992}'\nb: 'x${inputs.size + 1}'\n", { size: 9007199254740991 })).toEqual([
    "1:7 the integer 9007199254740992 is beyond 2^53 and can't be represented exactly",
    "2:8 the integer 9007199254740992 is beyond 2^53 and can't be represented exactly (it reads inputs.size)",
  ])
})

test('reports everything that fails with the given values', () => {
  expect(
    problemsFrom("a: '${inputs.name}'\nb: 'x ${inputs.size / 0}'\nc: '${inputs.ratio / 0.0}'\n", { size: 1, ratio: 1 }),
  ).toEqual([
    '1:7 inputs.name has no value: set it, or check has(inputs.name) first',
    '2:9 division by zero (it reads inputs.size)',
    '3:7 the expression yields a number that is not finite (it reads inputs.ratio)',
  ])
})

test('limits the size of the output', () => {
  const limits = { nodes: 10, values: 10, depth: 6, text: 100 }
  expect(
    problemsFrom(
      "functions: [{ args: ['${inputs.names}'] }]\n",
      { names: Array.from({ length: 20 }, () => 'x') },
      limits,
    ),
  ).toEqual(['1:1 the rendered workflow has more than 10 values'])
  expect(problemsFrom('a: [[[[[[1]]]]]]\n', {}, limits)).toEqual(['1:1 the rendered workflow is nested deeper than 6'])
  expect(problemsFrom("a: '${inputs.name}'\n", { name: 'x'.repeat(200) }, limits)).toHaveLength(1)
})

test('limits the size of references to groups, since each node may depend on each node of another group', () => {
  const node = (name: string, more: string) =>
    `  - { $for: 'x in range(0, 30)', $id: ${name}, nodename: '${name}\${x}', conditions: { ${more} } }\n`
  const text = `kind: Workflow\nfunctions:\n${node('a', 'executortype: x')}${node('b', 'dependencies: [{ $all: a }]')}`
  expect(problemsFrom(text, {}, { nodes: 60, values: 2000, depth: 6, text: 10_000 })).toEqual([])
  expect(problemsFrom(text, {}, { nodes: 60, values: 900, depth: 6, text: 10_000 })).toEqual([
    '1:1 the rendered workflow has more than 900 values (after 60 nodes)',
  ])
})

test.each([
  'a: 1\na: 2\n',
  'a: &x 1\nb: *x\n',
  '<<: { a: 1 }\n',
  '1: a\n',
  '__proto__: 1\n',
  'a: !!js/function "x"\n',
  '- [\n',
  '--- a\n--- b\n',
])('refuses YAML that parsers read differently: %j', (text) => {
  expect(problemsFrom(text)).not.toEqual([])
})

describe('the number of nodes', () => {
  const LIMIT = 10_000
  /** A node with ten arguments, as packages have them. */
  const ordinary = (number: number) => `kind: Workflow
functions:
  - $for: i in range(${number})
    nodename: 'node-\${i}'
    funcname: align
    args: [--sample, 'sample-\${i}', --threads, 4, --reads, '/data/reads/\${i}.txt', --out, results, --index, human]
    kwargs: { docker-image: 'example/aligner:1.0', cmd: align }
    env: { SAMPLE: 'sample-\${i}' }
    maxexectime: 3600
    conditions: { executortype: container-executor, cpu: 1000m, mem: 2Gi, nodes: 1, walltime: 3600, dependencies: [] }
`

  test('is what limits ordinary nodes: 10,000 are rendered', { timeout: 60_000 }, () => {
    expect(problemsFrom(ordinary(LIMIT), {})).toEqual([])
  })

  test('is named when it is over the limit', { timeout: 60_000 }, () => {
    expect(problemsFrom(ordinary(LIMIT + 1), {})).toEqual([
      '1:1 the workflow has 10001 nodes, and the limit is 10000 nodes',
    ])
  })

  test('is named even if rendering stops at another limit before all nodes are known', () => {
    const limits = { nodes: 10, values: 1000, depth: 64, text: 10_000 }
    const [line] = problemsFrom(ordinary(500), {}, limits)
    expect(line).toMatch(/^1:1 the workflow has more than \d\d nodes, and the limit is 10 nodes$/)
  })

  test('does not let a few large nodes through', () => {
    const limits = { nodes: 10, values: 100, depth: 64, text: 10_000 }
    expect(problemsFrom(ordinary(5), {}, limits)).toEqual([
      '1:1 the rendered workflow has more than 100 values (after 2 nodes)',
    ])
  })
})
