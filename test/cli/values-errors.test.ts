import { afterAll, expect, test } from 'vitest'
import { renderError } from '../../src/cli/terminal/output.ts'
import { styleFor } from '../../src/cli/terminal/style.ts'
import { createPool } from '../../src/core/pool.ts'
import { prepareDocument } from '../../src/workflow/prepare.ts'
import { readOverrides, type ValuesOptions } from '../../src/workflow/values/value-overrides.ts'
import { COLONY_SECRETS } from '../../src/workflow/values/secrets.ts'
import { errorOf, TestPackage } from '../workflow/rig.ts'

const pool = createPool()
afterAll(() => pool.close())

/** One error of each kind about values, with its exact text, which users rely on too. */
const INPUTS = `dependencies: { tools: '*' }
inputs:
  - { key: size, type: integer, default: 256, min: 16, max: 8192 }
  - { key: format, type: string, options: [png, webp] }
  - { key: store.url, type: string, required: true }
  - { key: store.token, type: string, secret: true }
  - { key: parts, type: list, items: { type: map, fields: [{ key: name, type: string, required: true }, { key: rows, type: integer }] } }
`
const TOOLS = 'apiVersion: v1\nname: tools\nversion: 1.0.0\ninputs: [{ key: quality, type: integer, max: 100 }]\n'

interface Case extends ValuesOptions {
  files?: Record<string, string>
}

async function shown({ files = {}, ...options }: Case): Promise<string> {
  using sample = new TestPackage(INPUTS, {
    'workflows/main.yaml':
      'kind: Workflow\nfunctions: [{ nodename: a, funcname: f, conditions: { executortype: x } }]\n',
    'colony_packages/tools/colony.yaml': TOOLS,
    ...files,
  })
  const { path: root, manifest } = sample
  const overrides = readOverrides(root, options)
  const error = await errorOf(() => prepareDocument({ pool, root, manifest, overrides, secrets: COLONY_SECRETS }))
  // Source lines have their own tests (code-frame.test.ts).
  return renderError(error, styleFor(false), false).replaceAll(/^ {2}[> ] +(?:\d+ )?\|.*\n/gm, '')
}

const URL = { set: ['store.url=x'] }

const CASES: [what: string, values: Case, text: string][] = [
  [
    'a required input without a value',
    {},
    `error[INPUT_INVALID]: the inputs have an error:
  store.url is required
  hint: set it: --set store.url=<value>`,
  ],
  [
    'a required input that was set to null',
    { files: { 'values.yaml': 'store: { url: x }\n', 'a.yaml': 'store:\n  url: null\n' }, values: ['a.yaml'] },
    `error[INPUT_INVALID]: the inputs have an error:
  a.yaml:2:3 store.url is required, but null removes its value
  hint: set it: --set store.url=<value>`,
  ],
  [
    'wrong types, unknown keys and bounds, in a file and in options, all at once',
    {
      files: { 'a.yaml': 'size: large\nformatt: png\nparts:\n  - name: a\n  - rows: 3\n    rws: 4\n' },
      values: ['a.yaml'],
      set: ['size=8193', 'format=gif', 'store.tokn=x', 'store.url=x'],
    },
    `error[INPUT_INVALID]: the inputs have 7 errors:
  a.yaml:1:1 size must be an integer
  a.yaml:2:1 formatt is not a declared input; did you mean format?
  a.yaml:6:5 parts[1].rws is not a declared input; did you mean rows?
  --set: store.tokn is not a declared input; did you mean store.token?
  --set: size must be at most 8192
  --set: format must be one of png, webp
  a.yaml:5:5 parts[1].name is required
  hint: set it: --set parts[1].name=<value>`,
  ],
  [
    'a default in two places',
    { ...URL, files: { 'values.yaml': 'size: 512\n' } },
    `error[INPUT_INVALID]: the inputs have an error:
  values.yaml:1:1 size already has a default in colony.yaml: keep one of them
  hint: cpm help INPUT_INVALID`,
  ],
  [
    'files that are missing, not YAML, or not a map',
    { ...URL, files: { 'a.yaml': 'a: [\n', 'b.yaml': '- 1\n' }, values: ['none.yaml', 'a.yaml', 'b.yaml'] },
    `error[INPUT_INVALID]: the inputs have 3 errors:
  -f: there is no file none.yaml
  a.yaml:2:1 this bracket is not closed, or the lines inside it are not indented
  b.yaml:1:1 the values must be a map
  hint: cpm help INPUT_INVALID`,
  ],
  [
    "options that can't be read",
    {
      set: ['size', 'store.url=x', '[0]=1', 'parts=a', 'parts[1].name=b'],
      setString: ['size=512'],
      setJson: ['parts=[{name: a}]', 'format={"a":1,"a":2}'],
      setFile: ['format=none.txt', 'store.token=colony.yaml'],
    },
    `error[INPUT_INVALID]: the inputs have 9 errors:
  --set-json: one of the values is not valid JSON: strings need quotes
  --set-json: duplicate key a, first used on line 1
  --set: write value 1 of 5 as key=value
  --set: "[0]" is not a valid key: write it like size, store.url or datasets[0].name
  --set-file: there is no file none.txt
  --set: parts is a list: set its items, such as parts[0]
  --set: parts[1] leaves a gap: the items before it are not set
  --set-file: store.token is secret: use --set store.token=file:PATH, which does not reveal the contents
  --set-string: size must be an integer
  hint: cpm help INPUT_INVALID`,
  ],
  [
    'the value of a secret',
    { set: ['store.url=x', 'store.token=hunter2'], files: { 'values.yaml': 'store: { token: env:AWS_KEY }\n' } },
    `error[INPUT_INVALID]: the inputs have 2 errors:
  values.yaml:1:10 store.token is secret: only secret:NAME is allowed here, since a package can't choose what is read on your machine
  --set: store.token is secret: pass a reference (secret:NAME, env:NAME or file:PATH), not the value
  hint: cpm help INPUT_INVALID`,
  ],
  [
    'a local secret for a colony',
    { set: ['store.url=x', 'store.token=env:TOKEN'] },
    `error[INPUT_INVALID]: the inputs have an error:
  --set: store.token is in a variable on this machine, and a colony would expose it: use secret:NAME
  hint: cpm help INPUT_INVALID`,
  ],
  [
    'values for a dependency',
    { files: { 'values.yaml': 'tools:\n  quality: 101\n  qualty: 3\n' }, set: ['store.url=x', 'tools.quality=many'] },
    `error[INPUT_INVALID]: the inputs have 3 errors:
  values.yaml:2:3 tools.quality must be at most 100
  values.yaml:3:3 tools.qualty is not a declared input; did you mean quality?
  --set: tools.quality must be an integer
  hint: cpm help INPUT_INVALID`,
  ],
]

test.each(CASES)('%s', async (_what, values, text) => {
  expect(await shown(values)).toBe(text)
})
