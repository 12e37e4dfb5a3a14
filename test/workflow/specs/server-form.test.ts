import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { printSpec } from '../../../src/workflow/specs/print-spec.ts'
import { checkSpec } from '../../../src/workflow/specs/checks.ts'
import { render } from '../templates/harness.ts'
import { check, checkWithoutValues } from './check.ts'

/** The exact answer of the server to a request for a process. */
const recorded = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/colonyos/exchanges.json'), 'utf8'),
) as { http: { name: string; response: { body: string } }[] }

interface Spec {
  conditions: { colonyname: string }
}

function specOf(name: string): Spec {
  const body = recorded.http.find((one) => one.name === name)?.response.body ?? ''
  const { payload } = JSON.parse(body) as { payload: string }
  return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { spec: Spec }).spec
}

const printed = (name: string) => JSON.stringify(specOf(name))

function checkFor(text: string, options: Parameters<typeof checkSpec>[1]) {
  const { root } = render([{ inputs: [], files: { 'main.yaml': text } }])
  if (!root) throw new Error('it could not be rendered')
  const { spec, problems, warnings } = checkSpec(root, options)
  const textOf = ({ line, column, message }: (typeof problems)[number]) => `${line}:${column} ${message}`
  return { spec, lines: problems.map(textOf), warnings: warnings.map(textOf) }
}

describe('a spec that was read from a server', () => {
  test.each(['submitfuncspec, all fields', 'submitfuncspec, minimal', 'getprocess, failed'])(
    'is accepted unchanged as a function: %s',
    (name) => {
      const { spec, lines } = check(printed(name))
      expect(lines).toEqual([])
      expect(spec).toMatchObject({ kind: 'Function', funcname: 'echo', maxwaittime: -1 })
      expect(checkWithoutValues(printed(name))).toEqual([])
    },
  )

  test('is rendered without fields that are not set, and does not change if it is read again', () => {
    const text = JSON.stringify({
      nodename: '', funcname: 'echo', args: null, kwargs: null, env: null, channels: null, label: '',
      fs: { mount: '', snapshots: null, dirs: null },
      conditions: {
        colonyname: 'dev', executornames: null, executortype: 't', dependencies: [], cpu: '', mem: '', storage: '',
        locationname: '', gpu: { name: '', mem: '' },
      },
    }) // prettier-ignore
    const { spec, lines } = check(text)
    expect(lines).toEqual([])
    if (!spec) throw new Error('no spec')
    const once = printSpec(spec)
    expect(once).toMatchInlineSnapshot(`
      "funcname: echo
      priority: 0
      maxwaittime: -1
      maxexectime: -1
      maxretries: 0
      conditions:
        executortype: t
      kind: Function
      "
    `)
    const again = check(once).spec
    expect(again && printSpec(again)).toBe(once)
  })

  test('is a workflow if it is a list or has functionspecs', () => {
    const node = (nodename: string, dependencies: string[] | null) => ({
      ...specOf('submitfuncspec, minimal'),
      nodename,
      conditions: { ...specOf('submitfuncspec, minimal').conditions, dependencies },
    })
    const functionspecs = [node('a', null), node('b', ['a'])]
    for (const written of [functionspecs, { colonyname: 'rec', functionspecs }]) {
      const { spec, lines } = check(JSON.stringify(written))
      expect(lines).toEqual([])
      expect(spec).toMatchObject({
        kind: 'Workflow',
        functions: [{ nodename: 'a', conditions: { dependencies: [] } }, { conditions: { dependencies: ['a'] } }],
      })
      expect(JSON.stringify(spec)).not.toContain('colonyname')
      expect(checkWithoutValues(JSON.stringify(written))).toEqual([])
    }
  })

  test('is still checked: a node needs a name, and a single function has no dependencies', () => {
    const nameless = { nodename: '', funcname: 'f', conditions: { executortype: 't' } }
    expect(check(JSON.stringify([nameless])).lines).toEqual([
      expect.stringContaining('nodename must consist of letters'),
    ])
    const waits = { funcname: 'f', conditions: { executortype: 't', dependencies: ['a'] } }
    expect(check(JSON.stringify(waits)).lines).toEqual([
      expect.stringContaining("a document of kind Function can't have dependencies"),
    ])
    const untyped = { funcname: 'f', conditions: { executortype: '' } }
    expect(check(JSON.stringify(untyped)).lines).toEqual([expect.stringContaining('executortype must not be empty')])
  })

  test('is refused if it is for a different colony than the one in use', () => {
    const text = 'funcname: f\nconditions: { executortype: t, colonyname: lab }\n'
    expect(checkFor(text, { colony: 'lab' }).lines).toEqual([])
    expect(checkFor(text, {}).lines).toEqual([])
    expect(checkFor(text, { colony: 'dev' }).lines).toEqual([
      '2:44 colonyname is lab, but the colony in use is dev: remove it, or use that colony',
    ])
  })
})

test.each([
  ['2Ki', '1Mi'],
  ['1024KiB', '1Mi'],
  ['3MiB', '3Mi'],
  ['1GiB', '1024Mi'],
  ['2TiB', '2097152Mi'],
  ['1500K', '2Mi'],
  ['500M', '477Mi'],
  ['1G', '954Mi'],
  ['1Gb', '954Mi'],
  ['1Gi', '1Gi'],
  ['512Mi', '512Mi'],
  ['0Mi', '0Mi'],
])('memory of %s is rounded up to the form that every server reads: %s', (overrides, canonical) => {
  const { spec } = check(
    `funcname: f\nconditions: { executortype: t, mem: ${overrides}, gpu: { mem: ${overrides} } }\n`,
  )
  expect(spec).toMatchObject({ conditions: { mem: canonical, gpu: { mem: canonical } } })
})

test.each(['1KB', '1MB', '1TB', '1Tb', '1Kb', '1Mb', '1Ti', '1mi', '1', '1.5Gi', ' 1Gi', '-1Mi'])(
  'memory of %j is refused, since the server parses it at random or not at all',
  (mem) => {
    const { lines } = check(`funcname: f\nconditions: { executortype: t, mem: '${mem}' }\n`)
    expect(lines).toEqual([expect.stringContaining('conditions.mem must be a whole number of Mi or Gi')])
  },
)

describe('a document without a kind', () => {
  test.each([
    ['metadata: { name: n }\nspec: {}\n', '1:1 kind is missing: it must be one of Workflow'],
    ['funcname: f\nfunctionspecs: []\n', '1:1 kind is missing'],
    ['text\n', '1:1 the document must be a map, or a list of functions'],
  ])('is refused if it could be of several kinds: %j', (text, line) => {
    expect(check(text).lines).toEqual([expect.stringContaining(line)])
  })

  test('reports problems of its nodes with their places', () => {
    expect(check('- nodename: a\n  funcnam: f\n  conditions: { executortype: t }\n').lines).toEqual([
      '1:3 funcname is missing',
      '2:3 unknown key funcnam; did you mean funcname?',
    ])
  })
})

describe('a key that the server drops silently', () => {
  const text =
    'funcname: f\nfs: { snapshots: [{ label: /a, dir: /b, keepsnaphot: true }] }\nconditions: { executortype: t, processes_per_node: 1 }\n'

  test('is refused with a suggestion', () => {
    expect(check(text).lines).toEqual([
      '2:41 unknown key keepsnaphot; did you mean keepsnapshot?',
      '3:32 unknown key processes_per_node; did you mean processespernode?',
    ])
  })

  test('is dropped with a warning on request; other mistakes are still refused', () => {
    const { spec, lines, warnings } = checkFor(text, { dropUnknown: true })
    expect(lines).toEqual([])
    expect(warnings).toEqual([
      '2:41 unknown key keepsnaphot; did you mean keepsnapshot?; it is dropped',
      '3:32 unknown key processes_per_node; did you mean processespernode?; it is dropped',
    ])
    expect(spec).toMatchObject({ fs: { snapshots: [{ label: '/a', dir: '/b' }] }, conditions: { executortype: 't' } })
    expect(JSON.stringify(spec)).not.toMatch(/keepsnaphot|processes_per_node/)
    expect(checkFor(text.replace('funcname', 'funcnam'), { dropUnknown: true }).spec).toBeUndefined()
  })
})
