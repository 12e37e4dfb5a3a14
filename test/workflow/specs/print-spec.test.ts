import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { checkSpec } from '../../../src/workflow/specs/checks.ts'
import { printSpec, sourcesIn } from '../../../src/workflow/specs/print-spec.ts'
import { render } from '../templates/harness.ts'

const TEXT = `kind: Workflow
functions:
  - $for: n in inputs.names
    nodename: 'n-\${n}'
    funcname: f
    args: ['\${inputs.any}', "it's: #1"]
    conditions: { executortype: x }
`

function printed() {
  const { root } = render([
    {
      inputs: [
        { key: 'names', type: 'list', items: { type: 'string' } },
        { key: 'any', type: 'map' },
      ],
      values: { names: ['a'], any: { k: ['# no comment', 'yes'] } },
      files: { 'main.yaml': TEXT },
    },
  ])
  const { spec } = root ? checkSpec(root) : { spec: undefined }
  if (!root || !spec) throw new Error('not rendered')
  return { root, spec }
}

test('the printed spec parses to the spec that is sent', () => {
  const { root, spec } = printed()
  for (const text of [printSpec(spec), printSpec(spec, root)]) {
    expect(parse(text)).toEqual({
      kind: 'Workflow',
      functions: [
        {
          nodename: 'n-a',
          funcname: 'f',
          args: [{ k: ['# no comment', 'yes'] }, "it's: #1"],
          priority: 0,
          maxwaittime: -1,
          maxexectime: -1,
          maxretries: 0,
          conditions: { executortype: 'x' },
        },
      ],
    })
  }
})

test('with sources, each value has its place in the template and the inputs it reads', () => {
  const { root, spec } = printed()
  const text = printSpec(spec, root)
  expect(text).toContain(
    '  # main.yaml:3:5 reads inputs.names\n  - nodename: n-a # main.yaml:4:15 reads inputs.names\n',
  )
  expect(text).toContain('funcname: f # main.yaml:5:15\n')
  expect(text).toContain('maxexectime: -1 # default\n')
  expect(sourcesIn(root)).toContainEqual({
    path: 'functions[0].nodename',
    file: 'main.yaml',
    line: 4,
    column: 15,
    reads: ['inputs.names'],
  })
})

test.each([
  ...[
    'no',
    'on',
    'y',
    'N',
    'Yes',
    'OFF',
    'true',
    'null',
    '~',
    '=',
    '<<',
    '12',
    '-7',
    '1_000',
    '0o7',
    '0x1F',
    '0b1',
    '0644',
  ],
  ...[
    '1.5',
    '1e3',
    '.5',
    '1_0.5',
    '.inf',
    '-.INF',
    '.NaN',
    '12:30:45',
    '1:30',
    '190:20:30.15',
    '2024-01-01',
    '2001-12-14t21:59:43.10-05:00',
  ],
])('the string %s is quoted as a value and as a key, since some YAML parsers take it for something else', (text) => {
  const { spec } = printed()
  const [node] = spec.kind === 'Workflow' ? spec.functions : []
  if (!node || spec.kind !== 'Workflow') throw new Error('no node')
  const printedText = printSpec({ ...spec, functions: [{ ...node, args: [text], kwargs: { [text]: text } }] })
  expect(printedText).toContain(`- "${text}"\n`)
  expect(printedText).toContain(`"${text}": "${text}"\n`)
  for (const version of ['1.1', '1.2'] as const)
    expect(parse(printedText, { version })).toMatchObject({ functions: [{ args: [text], kwargs: { [text]: text } }] })
})

test('strings that every YAML parser reads as strings are not quoted', () => {
  const { spec } = printed()
  const [node] = spec.kind === 'Workflow' ? spec.functions : []
  if (!node || spec.kind !== 'Workflow') throw new Error('no node')
  const text = printSpec({
    ...spec,
    functions: [{ ...node, args: ['nope', '1.2.3', 'a:b', '12a', 'node-1', '64x64'] }],
  })
  for (const bare of ['nope', '1.2.3', 'a:b', '12a', 'node-1', '64x64']) expect(text).toContain(`- ${bare}\n`)
})

test.each([
  ['a line separator', 'a\u2028b', 'a\\Lb'],
  ['a paragraph separator', 'a\u2029', 'a\\P'],
  ['a next line', '\u0085: a', '\\N: a'],
  ['a byte order mark', '\uFEFFa', '\\uFEFFa'],
  ['a delete character', 'a\u007f', 'a\\x7F'],
  ['a control character', '\u009f', '\\x9F'],
  ['a character that Unicode does not assign', 'a\uFFFE', 'a\\uFFFE'],
  ['a backslash before it', 'a\\\u2028', 'a\\\\\\L'],
  ['lines before it', `${'long line\n'.repeat(9)}\u2028`, '\\L'],
])(
  'a string with %s is escaped as a value and as a key, so that every YAML parser reads it',
  (_what, text, escaped) => {
    const { spec } = printed()
    const [node] = spec.kind === 'Workflow' ? spec.functions : []
    if (!node || spec.kind !== 'Workflow') throw new Error('no node')
    const printedText = printSpec({ ...spec, functions: [{ ...node, args: [text], kwargs: { [text]: text } }] })
    expect(printedText.split(`${escaped}"`)).toHaveLength(4)
    expect(printedText).toMatch(/^[\n\x20-\x7e]*$/)
    for (const version of ['1.1', '1.2'] as const)
      expect(parse(printedText, { version })).toMatchObject({ functions: [{ args: [text], kwargs: { [text]: text } }] })
  },
)
