import { afterAll, describe, expect, test } from 'vitest'
import { createPool } from '../../src/core/pool.ts'
import { overridesOfSets } from '../../src/workflow/values/value-overrides.ts'
import { lackingInputs, prepareWorkflow } from '../../src/workflow/prepare.ts'
import { COLONY_SECRETS } from '../../src/workflow/values/secrets.ts'
import { nodeAt } from '../../src/workflow/templates/rendered.ts'
import { errorOf, TestPackage } from './rig.ts'

const pool = createPool()
afterAll(() => pool.close())

const INPUTS = `inputs:
  - { key: name, type: string, default: world }
  - { key: constructor, type: string }
  - { key: store.token, type: string, secret: true }`
const WORKFLOW = `kind: Workflow
functions:
  - nodename: greet
    funcname: greet
    args: ['\${inputs.name}', '\${inputs}', '\${release.id}', '\${has(inputs.constructor)}']
    conditions: { executortype: script }
`

function prepare(sample: TestPackage, sets: string[], options: Partial<Parameters<typeof prepareWorkflow>[0]> = {}) {
  const { path: root, manifest } = sample
  return prepareWorkflow({ pool, root, manifest, overrides: overridesOfSets(sets), release: 'r1', ...options })
}

test('checks inputs, renders on the pool and checks the result', async () => {
  using sample = new TestPackage(INPUTS, { 'workflows/main.yaml': WORKFLOW })
  const { spec, source, release } = await prepare(sample, ['name=ada', 'store.token=env:TOKEN'])
  expect(release).toBe('r1')
  expect(spec.functions[0]?.args).toEqual(['ada', { name: 'ada', store: { token: 'env:TOKEN' } }, 'r1', false])
  expect(source.file).toBe('workflows/main.yaml')
  expect(nodeAt(source.root, ['functions', 0, 'args', 0])).toMatchObject({ line: 5, column: 12 })
})

test('a template sees the reference of a secret; a value is refused, and not repeated in the error', async () => {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml': WORKFLOW.replace('inputs.name', 'inputs.store.token'),
  })
  const { spec } = await prepare(sample, ['store.token=secret:c4n4ry'])
  expect(spec.functions[0]?.args[0]).toBe('secret:c4n4ry')
  const error = await errorOf(() => prepare(sample, ['store.token=c4n4ry']))
  expect(error.code).toBe('INPUT_INVALID')
  expect(error.message).toContain('--set: store.token is secret: pass a reference')
  expect(JSON.stringify([error, error.stack])).not.toContain('c4n4ry')
})

test('reports where a rendered workflow would not run as intended', async () => {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml': WORKFLOW.replace('nodename: greet', "nodename: '${inputs.name}'"),
  })
  const error = await errorOf(() => prepare(sample, ['name=../../etc']))
  expect(error.message).toContain('workflows/main.yaml:3:15 nodename must consist of letters, digits')
})

test("accepts a file in the form of the server's own command line, for the colony that it names", async () => {
  const node = { nodename: 'a', funcname: 'f', fs: { snapshots: [{ label: '/a', dir: '/b', keepsnaphot: true }] } }
  const raw = [{ ...node, conditions: { colonyname: 'dev', executortype: 't', mem: '', dependencies: null } }]
  using sample = new TestPackage('', { 'workflows/main.json': JSON.stringify(raw) })
  const error = await errorOf(() => prepare(sample, [], { colony: 'lab' }))
  expect(error.message).toMatch(/unknown key keepsnaphot; did you mean keepsnapshot\?/)
  expect(error.message).toContain('colonyname is dev, but the colony in use is lab')
  const { spec, warnings, source } = await prepare(sample, [], { colony: 'dev', dropUnknown: true })
  expect(spec).toMatchObject({ kind: 'Workflow', functions: [{ nodename: 'a', conditions: { executortype: 't' } }] })
  expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('it is dropped')])
  expect(nodeAt(source.root, ['functions', 0, 'nodename'])).toMatchObject({ line: 1 })
})

test('a deadline stops rendering at any point', async () => {
  const arg = "'${inputs.name + inputs.name + inputs.name}'"
  const large = WORKFLOW.replace('args: [', `args: [${`${arg}, `.repeat(8000)}`)
  using sample = new TestPackage(INPUTS, { 'workflows/main.yaml': large })
  const error = await errorOf(() => prepare(sample, [], { deadline: 20 }))
  expect(error.code).toBe('WORKFLOW_INVALID')
  expect(error.message).toBe('rendering workflows/main.yaml took longer than 0.02 s')
})

test('an interruption is passed on unchanged', async () => {
  using sample = new TestPackage(INPUTS, { 'workflows/main.yaml': WORKFLOW })
  const reason = new Error('stopped by the user')
  await expect(prepare(sample, [], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

test('expressions see the versions of installed dependencies, and whether others are missing', async () => {
  const workflow = WORKFLOW.replace("'${inputs.name}'", `'\${deps["tools"].version}', '\${has(deps.gone)}'`)
  using sample = new TestPackage(`${INPUTS}\ndependencies: { tools: '*', gone: '*' }`, {
    'workflows/main.yaml': workflow,
    'colony_packages/tools/colony.yaml': 'apiVersion: v1\nname: tools\nversion: 7.8.9\n',
  })
  const { spec } = await prepare(sample, [])
  expect(spec.functions[0]?.args.slice(0, 2)).toEqual(['7.8.9', false])
})

test('a document of another kind is rendered, but not run', async () => {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml': WORKFLOW.replace('kind: Workflow', "kind: Cron\nname: n\ncronexpression: '@daily'"),
  })
  const error = await errorOf(() => prepare(sample, []))
  expect(error.message).toBe('workflows/main.yaml is a Cron: it is added to a colony, not run once')
})

test('a single function becomes a workflow of one node', async () => {
  using sample = new TestPackage('', {
    'workflows/main.yaml': 'kind: Function\nfuncname: f\nconditions: { executortype: x }\n',
  })
  const { spec } = await prepare(sample, [])
  expect(spec.functions.map(({ nodename, funcname }) => [nodename, funcname])).toEqual([['function', 'f']])
})

describe('a package that includes others', () => {
  const included = (name: string, rest: string) => ({
    [`colony_packages/${name}/colony.yaml`]: `apiVersion: v1\nname: ${name}\nversion: 1.0.0\n${rest}\n`,
  })
  const deep = '{ key: speed, type: integer, required: true }, { key: token, type: string, secret: true }'
  const files = {
    'workflows/main.yaml': 'kind: Workflow\nfunctions: [{ $include: tools }]\n',
    ...included('tools', `dependencies: { deep: '*' }\ninputs: [{ key: quality, type: integer, required: true }]`),
    'colony_packages/tools/workflows/main.yaml': 'kind: Workflow\nfunctions: [{ $include: deep }]\n',
    ...included('deep', `inputs: [${deep}]`),
    'colony_packages/deep/workflows/main.yaml': WORKFLOW.replace(/ {4}args.*\n/, ''),
    ...included('other', 'inputs: [{ key: size, type: integer, required: true }]'),
  }
  const rest = `dependencies: { tools: '*', other: '*' }
inputs: [{ key: name, type: string, required: true }, { key: token, type: string, secret: true }]`

  test('reports missing and wrong values for all of them at once', async () => {
    using sample = new TestPackage(rest, files)
    const error = await errorOf(() =>
      prepare(sample, ['nme=ada', 'tools.quality=x', 'tools.deep.sped=1', 'other.size=x']),
    )
    expect(error.message.split('\n')).toEqual([
      'the inputs have 6 errors:',
      '  --set: nme is not a declared input; did you mean name?',
      '  --set: tools.quality must be an integer',
      '  --set: tools.deep: sped is not a declared input; did you mean speed?',
      '  --set: other.size must be an integer',
      '  name is required',
      '  tools.deep.speed is required',
    ])
    expect(error.hint).toBe('set it: --set name=<value>')
    // A package that no workflow includes needs no values.
    const missing = await errorOf(() => prepare(sample, ['name=ada']))
    expect(missing.message).toBe(
      'the inputs have 2 errors:\n  tools.quality is required\n  tools.deep.speed is required',
    )
  })

  test("reports every secret that the engine can't use", async () => {
    using sample = new TestPackage(rest, files)
    const sets = ['name=ada', 'tools.quality=1', 'tools.deep.speed=1', 'token=env:A', 'tools.deep.token=file:b']
    const error = await errorOf(() => prepare(sample, sets, { secrets: COLONY_SECRETS }))
    expect(error.message).toMatch(
      /^the inputs have 2 errors:\n {2}--set: token is in a variable .*\n {2}--set: tools\.deep\.token is in a file /,
    )
  })
})

test('expressions see the colony that a workflow is sent to, and can check whether there is one', async () => {
  const name = "${colony.?name.orValue('nowhere')}"
  const text = WORKFLOW.replace(/args: .*/, () => `args: ["${name}", "\${has(colony.name)}"]`)
  using sample = new TestPackage(INPUTS, { 'workflows/main.yaml': text })
  const args = async (options?: Parameters<typeof prepare>[2]) =>
    (await prepare(sample, [], options)).spec.functions[0]?.args
  expect(await args({ colony: 'dev' })).toEqual(['dev', true])
  expect(await args()).toEqual(['nowhere', false])
})

describe('an include that is left out needs no values', () => {
  const tool = (name: string, inputs: string, functions: string, rest = '') => ({
    [`colony_packages/${name}/colony.yaml`]: `apiVersion: v1\nname: ${name}\nversion: 1.0.0\ninputs: [${inputs}]\n${rest}`,
    [`colony_packages/${name}/workflows/main.yaml`]: `kind: Workflow\nfunctions:\n${functions}`,
  })
  const node = (name: string, arg: string) =>
    `  - { nodename: ${name}, funcname: f, args: ['\${inputs.${arg}}'], conditions: { executortype: x } }\n`
  const rest = `dependencies: { req: '*' }
inputs:
  - { key: use, type: boolean, default: false }
  - { key: hosts, type: list, items: { type: string }, default: [] }`
  const files = (include: string) => ({
    'workflows/main.yaml': `kind: Workflow\nfunctions:\n${node('own', 'use')}  - ${include}\n`,
    ...tool(
      'req',
      '{ key: name, type: string, required: true }, { key: deeper, type: boolean, default: false }, { key: token, type: string, secret: true }',
      `${node('req', 'name')}  - { $if: inputs.deeper, $include: deep }\n`,
      "dependencies: { deep: '*' }\n",
    ),
    ...tool('deep', '{ key: speed, type: integer, required: true }', node('deep', 'speed')),
  })
  const missing = async (sample: TestPackage, sets: string[]) =>
    (await errorOf(() => prepare(sample, sets))).message.split('\n').slice(1)
  const names = async (sample: TestPackage, sets: string[], options = {}) =>
    (await prepare(sample, sets, options)).spec.functions.map(({ nodename }) => nodename)

  test.each([
    ['a condition', '{ $if: inputs.use, $include: req }', 'use=true'],
    ['a loop', "{ $for: host in inputs.hosts, $as: '${host}', $include: req }", 'hosts[0]=h'],
    ['a condition around a group', '{ $if: inputs.use, $do: [{ $include: req }] }', 'use=true'],
  ])('an input of an include that %s leaves out is required only once it is included', async (_, include, on) => {
    using sample = new TestPackage(rest, files(include))
    expect(await names(sample, [])).toEqual(['own'])
    expect(await missing(sample, [on])).toEqual(['  req.name is required'])
    expect(await names(sample, [on, 'req.name=n'])).toHaveLength(2)
    expect(await missing(sample, [on, 'req.name=n', 'req.deeper=true'])).toEqual(['  req.deep.speed is required'])
  })

  test('a nested include reports its missing values together with those of the one around it', async () => {
    using sample = new TestPackage(rest, files('{ $if: inputs.use, $include: req }'))
    expect(await missing(sample, ['use=true', 'req.deeper=true'])).toEqual([
      '  req.name is required',
      '  req.deep.speed is required',
    ])
    expect(await missing(sample, ['use=maybe', 'req.deeper=7'])).toEqual([
      '  --set: use must be true or false',
      '  --set: req.deeper must be true or false',
    ])
  })

  test('a value for an include in data is required only if it is included', async () => {
    using sample = new TestPackage(rest, {
      ...files(
        '{ nodename: a, funcname: f, kwargs: { $if: inputs.use, $include: "req:_kw.yaml" }, conditions: { executortype: x } }',
      ),
      'colony_packages/req/workflows/_kw.yaml': "name: '${inputs.name}'\n",
    })
    expect(await names(sample, [])).toEqual(['own', 'a'])
    expect(await missing(sample, ['use=true'])).toEqual(['  req.name is required'])
  })

  test('absent nodes that are needed only for the order do not count as included', async () => {
    using sample = new TestPackage(rest, files('{ $if: inputs.use, $id: mid, $include: req }'))
    sample.write({
      'workflows/main.yaml': `${sample.read('workflows/main.yaml')}  - { nodename: last, funcname: f, conditions: { executortype: x, dependencies: [{ $all: mid }] } }\n`,
    })
    expect(await names(sample, [])).toEqual(['own', 'last'])
  })

  test('a secret of an absent include need not exist', async () => {
    using sample = new TestPackage(rest, files('{ $if: inputs.use, $include: req }'))
    const secrets = { secrets: COLONY_SECRETS }
    expect(await names(sample, ['req.token=env:A', 'req.name=n'], secrets)).toEqual(['own'])
    const error = await errorOf(() => prepare(sample, ['req.token=env:A', 'req.name=n', 'use=true'], secrets))
    expect(error.message).toContain('--set: req.token is in a variable on this machine')
  })

  test('an answer that enables an include leads to the questions of that include', async () => {
    using sample = new TestPackage(
      rest.replace('default: false', 'required: true'),
      files('{ $if: inputs.use, $include: req }'),
    )
    const asked = async (sets: string[]) => {
      const { path: root, manifest } = sample
      const lacking = await lackingInputs({ pool, root, manifest, overrides: overridesOfSets(sets) })
      return lacking.flatMap(({ missing }) => missing.map(({ problem }) => problem.message))
    }
    expect(await asked([])).toEqual(['use is required'])
    expect(await asked(['use=false'])).toEqual([])
    expect(await asked(['use=true'])).toEqual(['req.name is required'])
    expect(await asked(['use=maybe'])).toEqual([])
  })
})
