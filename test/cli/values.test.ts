import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

let rig: Rig
let project: string

beforeAll(async () => {
  rig = await Rig.create()
  rig.write({
    'tools/colony.yaml': `apiVersion: v1
name: tools
version: 1.0.0
inputs: [{ key: quality, type: integer, max: 100, default: 80 }]
`,
    'app/colony.yaml': `apiVersion: v1
name: app
version: 1.0.0
dependencies: { tools: 'path:../tools' }
inputs:
  - { key: size, label: Size, type: integer, description: Edge in pixels, default: 256, min: 16 }
  - { key: format, type: string, options: [png, webp] }
  - { key: store.url, type: string, required: true }
  - { key: store.token, type: string, secret: true }
  - { key: labels, type: map, default: { team: red } }
  - { key: parts, type: list, items: { type: map, fields: [{ key: name, type: string }, { key: rows, type: integer, default: 1 }] } }
`,
    'shelf/colony.yaml': `apiVersion: v1
name: shelf
version: 1.0.0
dependencies: { app: 'path:../app' }
inputs: [{ key: name, type: string, default: x }]
`,
    'shelf/workflows/main.yaml': 'kind: Workflow\nfunctions:\n  - $include: app\n',
    'app/values.yaml': 'format: webp\ntools: { quality: 70 }\n',
    'app/workflows/main.yaml': `kind: Workflow
functions:
  - $for: part in inputs.parts
    nodename: 'prep-\${part.name}'
    funcname: prep
    kwargs: { size: '\${inputs.size}', url: '\${inputs.store.url + "/" + inputs.format}', team: '\${inputs.labels.team}' }
    conditions: { executortype: script }
`,
    'app/prod.yaml':
      'size: 300\nstore:\n  url: http://x\nlabels: { team: blue, taem: x }\nparts: [{ name: a }]\ntools: { quality: 90 }\n',
  })
  project = rig.path('app')
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
})
afterAll(() => rig[Symbol.asyncDispose]())

test('shows the values of a run with their sources, and unread values', async () => {
  const { stdout, code } = await rig.cpm('values show -f prod.yaml --set size=5000 --set store.token=env:HOME', {
    cwd: project,
  })
  expect(code).toBe(0)
  expect(stdout).toBe(`size = 5000  --set
format = "webp"  values.yaml:1:1
store.url = "http://x"  prod.yaml:3:3
store.token = "env:HOME"  --set
labels = {"team":"blue","taem":"x"}  prod.yaml:4:1
parts = [{"name":"a","rows":1}]  prod.yaml:5:1
prod.yaml:4:23 no expression reads labels.taem; did you mean labels.team?
--set: no expression reads store.token
prod.yaml:6:10 no expression reads tools.quality`)
})

test('knows the inputs of included packages, and of other dependencies', async () => {
  const shelf = rig.path('shelf')
  expect((await rig.cpm('install', { cwd: shelf })).code).toBe(0)
  const shown = await rig.cpm('values show --set app.size=64', { cwd: shelf })
  expect(shown.stdout).toContain('name = "x"  colony.yaml:5:')
  expect(shown.stdout).toContain('\napp.size = 64  --set')
  expect(shown.stdout).toContain('\napp.store.url = missing, but required')
  const explained = await rig.cpm('values explain app.size --set app.size=64 --json', { cwd: shelf })
  expect(explained.json.data).toMatchObject({
    inputs: [
      {
        key: 'app.size',
        value: 64,
        declaredAt: 'app/colony.yaml:6:5',
        setBy: [
          { at: '--set', counts: true },
          { layer: 'default', counts: false },
        ],
        readBy: [{ file: 'app/workflows/main.yaml', line: 6 }],
      },
    ],
  })
  const aside = await rig.cpm('values explain tools.quality --json', { cwd: project })
  expect(aside.json.data).toMatchObject({ inputs: [{ key: 'tools.quality', value: 70, readBy: [] }] })
  const none = await rig.cpm('values explain app.sise', { cwd: shelf })
  expect(none.stderr).toContain('app.sise is not a declared input; did you mean app.size?')
})

test('values come from standard input too, up to the size limit of a file', async () => {
  const show = (input: string) => rig.cpm('values show -f prod.yaml -f - --json', { cwd: project, input })
  const { inputs } = (await show('size: 301\n')).json.data as { inputs: { key: string; value: unknown }[] }
  expect(inputs[0]).toMatchObject({ key: 'size', value: 301 })
  const wrong = (await show('size: [\n')).json.error
  expect(wrong?.message).toContain('stdin:2:1')
  expect((await show(`# ${'x'.repeat(600_000)}`)).json.error?.message).toContain('larger than 512 KiB')
})

test('explains what sets an input, the effective value first, and what reads it', async () => {
  const sized = await rig.cpm('values explain size -f prod.yaml --set size=5000', { cwd: project })
  expect(sized.stdout).toBe(`size = 5000
  Size: Edge in pixels
  integer, at least 16 (colony.yaml:6:5)
  set by
    --set (command line)        5000
    prod.yaml:1:1 (-f)          300 (overridden)
    colony.yaml:6:84 (default)  256 (overridden)
  read by
    workflows/main.yaml:6:24`)
  const group = await rig.cpm('values explain store', { cwd: project })
  expect(group.stdout).toBe(`store.url = missing, but required
  string, required (colony.yaml:8:5)
  set by nothing
  read by
    workflows/main.yaml:6:47

store.token = none
  string, secret (colony.yaml:9:5)
  set by nothing
  read by nothing`)
  const taken = await rig.cpm('values explain labels.team . --set-json labels=null --json', { cwd: project })
  expect(taken.json.data).toMatchObject({
    inputs: [
      {
        hasValue: false,
        setBy: [
          { layer: 'option', at: '--set-json', value: null, counts: true },
          { layer: 'default', at: 'colony.yaml:10:48', value: 'red', counts: false },
        ],
        readBy: [{ file: 'workflows/main.yaml', line: 6, column: 98 }],
      },
    ],
  })
  const item = await rig.cpm('values explain parts[0].rows -f prod.yaml', { cwd: project })
  expect(item.stdout).toContain('colony.yaml:11:5 (default)  1')
  const slip = await rig.cpm('values explain stor', { cwd: project })
  expect([slip.code, slip.stderr]).toEqual([
    2,
    expect.stringMatching(
      /stor is not a declared input; did you mean store\?\n {2}hint: one of: size, format, store\.url/,
    ),
  ])
})

test('prints a JSON Schema, with the inputs of dependencies', async () => {
  const { stdout } = await rig.cpm('values schema', { cwd: project })
  expect(JSON.parse(stdout)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    required: ['store'],
    properties: {
      size: { title: 'Size', default: 256 },
      tools: { properties: { quality: { maximum: 100, default: 70 } } },
    },
  })
})

test('submit warns about unread values', async () => {
  const args = 'submit . --engine local -f prod.yaml --json'
  const { stderr, json } = await rig.cpm(args, { cwd: project })
  expect(stderr).toContain('warning: prod.yaml:4:23 no expression reads labels.taem; did you mean labels.team?')
  expect(json.error?.message).toContain('script')
})

test('warns about values that older YAML readers read differently, with their places', async () => {
  rig.write({ 'app/old.yaml': 'size: 0755\nformat: png\nstore: { url: http://x }\nlabels: { on: 12:30:45 }\n' })
  const { code, stderr, json } = await rig.cpm('values show -f old.yaml --json', { cwd: project })
  expect(code).toBe(0)
  expect(json.data).toMatchObject({ values: { size: 755 } })
  const warned = stderr
    .split('\n')
    .filter((line) => !line.includes(' | '))
    .map((line) => line.split(',')[0])
  expect(warned).toEqual([
    'warning: old.yaml:1:7 cpm reads a decimal number here',
    'warning: old.yaml:4:11 cpm reads a string here',
    'warning: old.yaml:4:15 cpm reads a string here',
  ])
  expect(stderr).not.toContain('755')
})

test('warns about such numbers of --set too, also for dependencies and in lists, but not about strings', async () => {
  const set = ['size=0644', 'format=0644', 'store.url=0644', 'tools.quality=-010', 'parts[0].rows=017', 'labels.a=07']
  const args = ['values', 'show', ...set.flatMap((option) => ['--set', option])]
  const { stderr } = await rig.cpm([...args, '--set-string', 'parts[0].name=0644'], { cwd: project })
  const warned = stderr.split('\n').filter((line) => line.startsWith('warning'))
  expect(warned.map((line) => line.split(',')[0])).toEqual(
    ['size', 'parts[0].rows', 'tools.quality'].map((key) => `warning: --set: cpm reads a decimal number for ${key}`),
  )
  expect(stderr).not.toContain('644')
  const plain = await rig.cpm('values show --set size=644 --set tools.quality=0 --set parts[0].rows=01', {
    cwd: project,
  })
  expect(plain.stderr).toBe('')
})

test('shows the unit and the example of an input', async () => {
  rig.write({
    'units/colony.yaml': `apiVersion: v1
name: units
version: 1.0.0
inputs:
  - { key: edge, type: integer, unit: px, example: 512, default: 256 }
  - { key: ratio, type: number, unit: dB, example: 1.0, required: true }
  - { key: url, type: string, example: 'https://example.org', required: true }
`,
  })
  const cwd = rig.path('units')
  expect((await rig.cpm('values show', { cwd })).stdout).toBe(`edge = 256 px  colony.yaml:5:66
ratio = missing, but required, for example 1.0 dB
url = missing, but required, for example "https://example.org"`)
  expect((await rig.cpm('values explain ratio', { cwd })).stdout).toContain(
    'number, required, in dB, for example 1.0 (',
  )
  const { inputs } = (await rig.cpm('values show --json', { cwd })).json.data as { inputs: unknown[] }
  expect(inputs[0]).toMatchObject({ key: 'edge', unit: 'px', example: 512 })
  const { properties } = JSON.parse((await rig.cpm('values schema', { cwd })).stdout) as { properties: unknown }
  expect(properties).toMatchObject({
    edge: { 'x-cpm-unit': 'px', examples: [512] },
    url: { examples: ['https://example.org'] },
  })
})
