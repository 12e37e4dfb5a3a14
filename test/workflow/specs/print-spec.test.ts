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

test('what is printed reads as what is sent', () => {
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

test('with its source, each value says where it stands in the template and what it reads', () => {
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
