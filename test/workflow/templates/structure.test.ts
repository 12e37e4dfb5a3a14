import { describe, expect, test } from 'vitest'
import type { InputDeclaration } from '../../../src/schema/input.ts'
import { nodeAt } from '../../../src/workflow/templates/rendered.ts'
import { checkSample } from '../../../src/workflow/specs/checks.ts'
import { declared } from '../inputs.ts'
import { linesOf, type MemoryPackage, plainOf, render } from './harness.ts'

const INPUTS: InputDeclaration[] = [...declared('datasets', 'fast', 'size', 'names'), { key: 'any', type: 'map' }]
const VALUES = {
  datasets: [
    { name: 'a', rows: 1 },
    { name: 'b', rows: 20 },
  ],
  fast: true,
  size: 3,
  names: ['x', 'y'],
  any: { k: [1] },
}

function renderText(text: string, files: Record<string, string> = {}, more: MemoryPackage[] = []) {
  const dependencies = more.map(({ name }) => name ?? '')
  const main = { inputs: INPUTS, values: VALUES, files: { 'main.yaml': text, ...files }, dependencies }
  return render([main, ...more])
}

/** Returns the nodes of a workflow by name, with their dependencies. */
function graph(text: string, files?: Record<string, string>, more?: MemoryPackage[]): Record<string, string[]> {
  const { root, problems } = renderText(`kind: Workflow\nfunctions:\n${text}`, files, more)
  expect(linesOf(problems)).toEqual([])
  const nodes = (plainOf(root) as { functions: { nodename: string; conditions?: { dependencies?: string[] } }[] })
    .functions
  return Object.fromEntries(nodes.map(({ nodename, conditions }) => [nodename, conditions?.dependencies ?? []]))
}

function data(text: string, files?: Record<string, string>, more?: MemoryPackage[]): unknown {
  const { root, problems } = renderText(text, files, more)
  expect(linesOf(problems)).toEqual([])
  return plainOf(root)
}

function problems(text: string, files?: Record<string, string>, more?: MemoryPackage[]): string[] {
  const { problems, sample } = renderText(text, files, more)
  return linesOf(problems.length > 0 || !sample ? problems : checkSample(sample))
}

const on = (...ids: string[]) => `conditions: { dependencies: [${ids.join(', ')}] }`

describe('$for, $do, $if and $let', () => {
  test('$for makes an item for each item of a list', () => {
    expect(
      data("a:\n  - { $for: d in inputs.datasets, name: '${d.name}', rows: '${d.rows * 2}' }\n  - last\n"),
    ).toEqual({
      a: [{ name: 'a', rows: 2 }, { name: 'b', rows: 40 }, 'last'],
    })
  })

  test('a loop can have an index, make several items, and contain loops', () => {
    const text = `a:
  - $for: n, i in inputs.names
    $do:
      - '\${n}\${i}'
      - { $for: m in inputs.names, $if: m != n, $do: ['\${n}-\${m}'] }
`
    expect(data(text)).toEqual({ a: ['x0', 'x-y', 'y1', 'y-x'] })
  })

  test('$if leaves out an item or a value', () => {
    expect(
      data(
        'a: [{ $if: inputs.fast, b: 1 }, { $if: "!inputs.fast", c: 1 }]\nd: { $if: inputs.size > 3, e: 1 }\nf: { $if: true }\n',
      ),
    ).toEqual({
      a: [{ b: 1 }],
      f: {},
    })
  })

  test('$let defines variables for everything below it, in order', () => {
    const text =
      "$let: { base: 2, twice: '${base * 2}', label: 'n-${twice}' }\na: '${label}'\nb: { $let: { base: '${base + twice}' }, c: '${base}' }\n"
    expect(data(text)).toEqual({ a: 'n-4', b: { c: 6 } })
  })

  test('a loop over a map iterates over its keys', () => {
    expect(data("a: [{ $for: k in inputs.any, $do: ['${k}'] }]\n")).toEqual({ a: ['k'] })
  })

  test('nodes made by a loop have the inputs that determine it', () => {
    const { root } = renderText(
      "kind: Workflow\nfunctions:\n  - { $for: d in inputs.datasets, $if: inputs.fast, nodename: 'n-${d.name}', priority: '${inputs.size}' }\n",
    )
    if (!root) throw new Error('not rendered')
    expect(nodeAt(root, ['functions', 0]).reads).toEqual(['inputs.datasets', 'inputs.fast'])
    expect(nodeAt(root, ['functions', 1, 'nodename'])).toMatchObject({ line: 3, column: 63, value: 'n-b' })
    expect(nodeAt(root, ['functions', 1, 'nodename']).reads).toContain('inputs.datasets')
    expect(nodeAt(root, ['functions', 1, 'priority']).reads).toEqual(['inputs.size'])
  })
})

describe('$merge', () => {
  test('merges maps deeply and replaces lists; later maps win', () => {
    const text = `a:
  $merge:
    - { x: 1, deep: { a: 1, b: [1, 2] } }
    - { $if: inputs.fast, deep: { b: [3], c: '\${inputs.size}' } }
    - { $if: '!inputs.fast', x: 9 }
  y: 2
  deep: { a: 7 }
`
    expect(data(text)).toEqual({ a: { x: 1, deep: { a: 7, b: [3], c: 3 }, y: 2 } })
  })

  test('accepts a map from an expression only where data is allowed', () => {
    const args = (key: string) => `kind: Function\n${key}: { $merge: ['\${inputs.any}'], l: 1 }\n`
    expect(data(args('kwargs'))).toMatchObject({ kwargs: { k: [1], l: 1 } })
    expect(problems(args('env'))[0]).toContain('a list or map from an expression is allowed only in args and kwargs')
  })
})

describe('groups', () => {
  test('$all stands for every node of a group, $roots and $leaves for its ends', () => {
    const text = `
  - $id: prep
    $for: d in inputs.datasets
    $do:
      - nodename: 'get-\${d.name}'
      - { nodename: 'cut-\${d.name}', ${on("'get-${d.name}'")} }
  - { nodename: all, ${on('{ $all: prep }')} }
  - { nodename: roots, ${on('{ $roots: prep }')} }
  - { nodename: leaves, ${on('all', '{ $leaves: prep }')} }
`
    expect(graph(text)).toEqual({
      'get-a': [],
      'cut-a': ['get-a'],
      'get-b': [],
      'cut-b': ['get-b'],
      all: ['get-a', 'cut-a', 'get-b', 'cut-b'],
      roots: ['get-a', 'get-b'],
      leaves: ['all', 'cut-a', 'cut-b'],
    })
  })

  test('a reference means the nodes of its own iteration inside the loop of a group, and those of all outside it', () => {
    const text = `
  - $for: d in inputs.datasets
    $do:
      - { $id: get, nodename: 'get-\${d.name}' }
      - { $id: cut, nodename: 'cut-\${d.name}', ${on('{ $all: get }')} }
  - { nodename: end, ${on('{ $all: cut }')} }
`
    expect(graph(text)).toEqual({
      'get-a': [],
      'cut-a': ['get-a'],
      'get-b': [],
      'cut-b': ['get-b'],
      end: ['cut-a', 'cut-b'],
    })
  })

  test('a node in two groups becomes a dependency only once', () => {
    const text = `
  - $id: outer
    $do:
      - { $id: inner, nodename: a }
      - { nodename: b }
  - { nodename: c, ${on('{ $all: inner }', '{ $all: outer }')} }
  - { nodename: d, ${on('a', '{ $all: outer }')} }
`
    expect(graph(text)).toEqual({ a: [], b: [], c: ['a', 'b'], d: ['a', 'b'] })
  })

  test('a group whose items are left out is empty', () => {
    expect(
      graph(`\n  - { $id: g, $if: '!inputs.fast', nodename: a }\n  - { nodename: b, ${on('{ $all: g }')} }\n`),
    ).toEqual({ b: [] })
  })

  test('groups may contain groups, and $leaves works for a group that depends on another', () => {
    const text = `
  - $id: outer
    $do:
      - { $id: inner, $for: n in inputs.names, nodename: 'i-\${n}' }
      - { nodename: mid, ${on('{ $leaves: inner }')} }
  - { nodename: end, ${on('{ $leaves: outer }')} }
`
    expect(graph(text)).toEqual({ 'i-x': [], 'i-y': [], mid: ['i-x', 'i-y'], end: ['mid'] })
  })

  test('references are allowed in merged parts and under $if', () => {
    const text = `
  - { $id: g, nodename: a }
  - nodename: b
    $merge: [{ ${on('{ $all: g }')} }]
  - nodename: c
    conditions: { dependencies: [{ $if: inputs.fast, $do: [{ $all: g }, b] }] }
`
    expect(graph(text)).toEqual({ a: [], b: ['a'], c: ['a', 'b'] })
  })
})

describe('$include', () => {
  const part = '- nodename: one\n- { nodename: two, conditions: { dependencies: [one] } }\n'

  test('includes a partial with several nodes, a prefix, and dependencies of its roots', () => {
    const text = `
  - nodename: first
  - $include: _steps.yaml
    $as: s
    $id: steps
    conditions: { dependencies: [first] }
  - { nodename: last, ${on('{ $leaves: steps }')} }
`
    expect(graph(text, { '_steps.yaml': part })).toEqual({
      first: [],
      's-one': ['first'],
      's-two': ['s-one'],
      last: ['s-two'],
    })
  })

  test('includes a partial several times in a loop, with the variables around it', () => {
    const text = "\n  - { $for: n in inputs.names, $include: _steps.yaml, $as: '${n}' }\n"
    const files = {
      '_steps.yaml':
        "- { $id: me, nodename: 'get-${n}' }\n- { nodename: cut, conditions: { dependencies: [{ $all: me }] } }\n",
    }
    expect(graph(text, files)).toEqual({
      'x-get-x': [],
      'x-cut': ['x-get-x'],
      'y-get-y': [],
      'y-cut': ['y-get-y'],
    })
  })

  test('includes a value, a base for a map, and items of a list', () => {
    const files = { '_v.yaml': "{ a: '${inputs.size}', b: 1 }\n", '_l.json': '[1, "${inputs.size}"]' }
    expect(
      data(
        'v: { $include: _v.yaml }\nm: { $merge: [{ $include: _v.yaml }], b: 2 }\nl: [0, { $include: _l.json }]\n',
        files,
      ),
    ).toEqual({
      v: { a: 3, b: 1 },
      m: { a: 3, b: 2 },
      l: [0, 1, 3],
    })
  })

  test('includes the workflow of a dependency into the graph, with its own inputs', () => {
    const tools: MemoryPackage = {
      name: 'tools',
      inputs: [{ key: 'edge', type: 'integer' }],
      values: { edge: 9 },
      files: {
        'main.yaml':
          "$let: { e: '${inputs.edge + 1}' }\nkind: Workflow\nfunctions:\n" +
          "  - { nodename: scale, priority: '${e}', label: '${pkg.name}' }\n  - { nodename: check, conditions: { dependencies: [scale] } }\n",
        '_part.yaml': "{ nodename: p, priority: '${inputs.edge}' }\n",
      },
    }
    const text = `
  - nodename: first
  - { $id: t, $include: tools, $as: t, conditions: { dependencies: [first] } }
  - { $include: tools:_part.yaml }
  - { nodename: last, ${on('{ $leaves: t }')} }
`
    expect(graph(text, {}, [tools])).toEqual({
      first: [],
      't-scale': ['first'],
      't-check': ['t-scale'],
      p: [],
      last: ['t-check'],
    })
    const { root } = renderText(`kind: Workflow\nfunctions:${text}`, {}, [tools])
    if (!root) throw new Error('not rendered')
    expect(nodeAt(root, ['functions', 1, 'priority'])).toMatchObject({
      value: 10,
      file: 'tools/workflows/main.yaml',
      line: 4,
    })
    expect(nodeAt(root, ['functions', 1, 'label'])).toMatchObject({ value: 'tools' })
    expect(nodeAt(root, ['functions', 3, 'priority'])).toMatchObject({ value: 9 })
  })
})

test('a partial of another package does not see the variables around it', () => {
  const tools = { name: 'tools', files: { '_p.yaml': "nodename: 'p-${n}'\n" } }
  const text = "kind: Workflow\nfunctions: [{ $for: n in inputs.names, $include: 'tools:_p.yaml' }]\n"
  expect(problems(text, {}, [tools])).toEqual([
    'tools/workflows/_p.yaml:1:16 there is no n here (included at main.yaml:2:50)',
  ])
})

describe('problems', () => {
  const nodes = (...list: string[]) => `kind: Workflow\nfunctions:\n${list.map((node) => `  - ${node}\n`).join('')}`
  const node = (rest: string) => `{ funcname: f, conditions: { executortype: x }, ${rest} }`

  test.each([
    ['a: { $fro: 1 }\n', '1:6 there is no structural key $fro; did you mean $for?'],
    ['a: [{ $for: inputs.names, b: 1 }]\n', '1:13 $for must have the form: x in list, or: x, i in list'],
    ['a: [{ $for: "x in ${inputs.names}", b: 1 }]\n', '1:19 unexpected character'],
    ['a: [{ $for: "${x in inputs.names}", b: 1 }]\n', '$for takes an expression without ${ and }'],
    ['a: [{ $for: inputs in inputs.names, b: 1 }]\n', 'inputs is taken: choose another name'],
    ['a: [{ $for: package in inputs.names, b: 1 }]\n', 'package is a reserved word'],
    ['a: [{ $for: x in inputs.nmes, b: 1 }]\n', '1:25 there is no input nmes; did you mean names?'],
    ['a: [{ $for: x in inputs.size, b: 1 }]\n', '1:18 $for needs a list or map, not int'],
    ["a: [{ $for: d in inputs.datasets, b: '${d.nmae}' }]\n", '1:43'],
    ["a: [{ $for: d in inputs.datasets, b: '${d.rows + d.name}' }]\n", 'incompatible types'],
    ["a: [{ $for: d in inputs.datasets, b: 1 }]\nc: '${d.name}'\n", '2:7 there is no d here'],
    ['a: { $for: x in inputs.names, b: 1 }\n', '$for makes items: it is allowed only in lists'],
    ['a: { $do: [1] }\n', '1:6 $do makes items: it is allowed only in lists'],
    ['a: [{ $do: [1], b: 1 }]\n', '1:7 b is not allowed next to $do'],
    ['a: [{ $do: 1 }]\n', '$do must be a list'],
    ['a: { $if: inputs.size, b: 1 }\n', '1:11 $if must be true or false, not int'],
    ['a: { $if: 1, b: 1 }\n', '$if must be an expression'],
    ['$if: true\na: 1\n', '$let is the only structural key allowed at the top level of a document'],
    ['a: { $let: [1] }\n', '$let must be a map of names to values'],
    ['a: { $let: { l: [1] } }\n', 'l must be a single value; write a list or map as an expression'],
    ['a: { $let: { "x y": 1 } }\n', 'x y is not a valid name for a variable'],
    ['a: { $merge: [1] }\n', '1:15 $merge takes maps'],
    ['a: { $let: { x: 1 }, $include: tools }\n', '1:6 $let has no effect here: tools sees only the inputs'],
    ['a: { $let: {}, b: 1 }\n', '1:6 $let is empty: remove it'],
    ['a: { $merge: [], b: 1 }\n', '1:6 $merge is empty: remove it'],
    ['a: [{ $do: [] }]\n', '1:7 $do is empty: remove it'],
    ['a: { $as: x, b: 1 }\n', '1:6 $as is allowed only next to $include'],
    ['a: { $id: x, b: 1 }\n', '1:11 $id names nodes: it is allowed only in items of functions'],
    ['a: [{ $all: x }]\n', '1:5 $all is allowed only in the dependencies of a node'],
    ['a: { $all: x, b: 1 }\n', '$all must be the only key of its map'],
    ['a: { $include: _nope.yaml }\n', '1:16 there is no partial _nope.yaml in workflows/; did you mean _note.yaml?'],
    ['a: { $include: ../x.yaml }\n', "../x.yaml can't be included"],
    ['a: { $include: toolz }\n', 'toolz is not a dependency; did you mean tools?'],
    ['a: { $include: gone }\n', 'gone is not installed: run cpm install'],
    ['a: { $include: tools:_nope.yaml }\n', 'there is no partial tools:_nope.yaml'],
    ['a: { $include: tools:other }\n', 'tools has no workflow other; it has main.yaml'],
    ['a: { $include: _loop.yaml }\n', 'a file includes itself: main.yaml -> _loop.yaml -> _loop.yaml'],
    ['a: { $include: _broken.yaml }\n', '_broken.yaml:1:5'],
    ['a: { $include: "${inputs.names[0]}" }\n', '$include must be a literal name'],
    [nodes('{ $include: tools:cron }'), 'tools/workflows/cron.yaml is not a workflow'],
    [nodes('{ $include: _note.yaml, conditions: { executortype: x } }'), 'conditions may contain only dependencies'],
    [
      nodes(node('$id: g, nodename: a'), node('$id: g, nodename: b')),
      'main.yaml:4:58 the $id g is already used in this file',
    ],
    [nodes(`{ $id: g, funcname: f, nodename: a, ${on('{ $all: g }')} }`), "a node of g can't depend on g"],
    [
      nodes(`{ nodename: a, ${on('{ $all: prpe }')} }`, '{ $id: prep, nodename: b }'),
      'there is no $id prpe in this file; did you mean prep?',
    ],
    [
      nodes(`{ $id: a, nodename: a, ${on('{ $leaves: b }')} }`, `{ $id: b, nodename: b, ${on('{ $leaves: a }')} }`),
      'the $leaves of a are unknown: its nodes depend on this one',
    ],
    [
      nodes(`{ $for: n in inputs.names, funcname: f, nodename: same, conditions: { executortype: x } }`),
      'main.yaml:3:55 every iteration of the loop makes a node named same: use a variable in the name',
    ],
  ])('%j is refused', (text, line) => {
    const files = {
      '_note.yaml': '{ nodename: n }\n',
      '_loop.yaml': '{ b: { $include: _loop.yaml } }\n',
      '_broken.yaml': 'a: [',
    }
    const tools = {
      name: 'tools',
      files: { 'main.yaml': 'kind: Workflow\nfunctions: []\n', 'cron.yaml': 'kind: Cron\n' },
    }
    const gone = { name: 'other', files: {} }
    const main = {
      inputs: INPUTS,
      values: VALUES,
      files: { 'main.yaml': text, ...files },
      dependencies: ['tools', 'gone'],
    }
    const { problems } = render([main, tools, gone])
    expect(linesOf(problems).join('\n')).toContain(line)
  })

  test('all problems are reported at once, including those of partials, and repeated ones only once', () => {
    const text = nodes(
      '{ $include: _p.yaml }',
      '{ $include: _p.yaml, $as: x }',
      "{ $if: inputs.fst, nodename: '${inputs.nme}' }",
    )
    expect(problems(text, { '_p.yaml': "nodename: '${inputs.wrong}'\n" })).toEqual([
      '_p.yaml:1:21 there is no input wrong (included at main.yaml:3:17, at main.yaml:4:17)',
      'main.yaml:5:19 there is no input fst; did you mean fast?',
      'main.yaml:5:44 there is no input nme',
    ])
  })

  test("nodes that exclude each other may share a name; a partial's shape is checked where it is included", () => {
    const both = nodes(node('$if: inputs.fast, nodename: a'), node("$if: '!inputs.fast', nodename: a"))
    expect(problems(both)).toEqual([])
    expect(problems(nodes('{ $include: _p.yaml }'), { '_p.yaml': '{ nodename: a, funcnam: f }\n' })).toEqual([
      '_p.yaml:1:1 funcname is missing (included at main.yaml:3:17)',
      '_p.yaml:1:1 conditions is missing (included at main.yaml:3:17)',
      '_p.yaml:1:16 unknown key funcnam; did you mean funcname? (included at main.yaml:3:17)',
    ])
  })
})

describe('problems that depend on values', () => {
  const wrong = (text: string) => {
    const { problems } = renderText(`kind: Function\n${text}`)
    return linesOf(problems).join()
  }

  test('a condition that yields neither true nor false', () => {
    expect(wrong("kwargs: { a: { $if: 'inputs.any.k[0]', b: 1 } }\n")).toContain('$if must be true or false')
  })

  test("keys that a document can't contain", () => {
    expect(wrong("kwargs: '${{1: 2}}'\n")).toContain('the keys of a map must be strings')
    expect(wrong(`kwargs: '\${{"__proto__": {"a": 1}}}'\n`)).toContain('the keys of a map must be strings')
  })

  test('a loop with too many iterations, whatever it makes', () => {
    expect(wrong("kwargs: { a: [{ $for: i in range(100001), $if: 'false', b: 1 }] }\n")).toContain(
      'a loop has more than 100000 iterations',
    )
  })
})

describe('bounds', () => {
  const many = Array.from({ length: 1000 }, (_, i) => `n${i}`)

  test('nested loops are stopped early, whether or not they make anything', () => {
    const bomb = (item: string) =>
      `a:\n  - { $for: a in inputs.names, $do: [{ $for: b in inputs.names, $do: [{ $for: c in inputs.names, $do: [${item}] }] }] }\n`
    const outcome = (item: string) =>
      linesOf(
        render([{ inputs: INPUTS, files: { 'main.yaml': bomb(item) }, values: { ...VALUES, names: many } }], {
          maxSteps: 20_000,
          limits: { nodes: 10, values: 5000, depth: 10, text: 1e6 },
        }).problems,
      )
    expect(outcome('x')).toEqual(['main.yaml:1:1 the rendered workflow has more than 5000 values'])
    expect(outcome('{ $if: false, b: 1 }')).toEqual([
      "main.yaml:1:1 the template's loops and includes take too many steps",
    ])
  })

  test('partials that each include the next one twice are stopped early, before values are known', () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`_${i}.yaml`, `[${`{ $include: _${i + 1}.yaml }, `.repeat(30)}]\n`]),
    )
    const lines = problems('a: [{ $include: _0.yaml }]\n', { ...files, '_12.yaml': '[]\n' })
    expect(lines).toEqual(["main.yaml:1:1 the template's loops and includes take too many steps"])
  })

  test('the nesting of includes is limited', () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`_${i}.yaml`, `[{ $include: _${i + 1}.yaml }]\n`]),
    )
    expect(problems('a: [{ $include: _0.yaml }]\n', files)[0]).toContain('includes are nested deeper than 16')
  })
})
