import { expect, test } from 'vitest'
import { overridesOfSets } from '../../../src/workflow/values/value-overrides.ts'
import { readYaml } from '../../../src/core/yaml.ts'
import type { Values } from '../../../src/workflow/values/fit-value.ts'
import { NO_OVERRIDES } from '../../../src/workflow/values/value-overrides.ts'
import { resolveInputs } from '../../../src/workflow/values/inputs.ts'
import { readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { errorOf, TestPackage } from '../rig.ts'

const INPUTS = `inputs:
  - { key: size, type: integer, default: 256, min: 16, max: 8192 }
  - { key: ratio, type: number }
  - { key: format, type: string, options: [png, webp], default: webp }
  - { key: fast, type: boolean }
  - { key: store.url, type: string }
  - { key: store.token, type: string, secret: true }
  - { key: labels, type: map }
  - { key: folder, type: path }
  - key: datasets
    type: list
    items:
      type: map
      fields: [{ key: name, type: string, required: true }, { key: rows, type: integer, default: 1 }]
`

function resolve(sets: string[], { inputs = INPUTS, values = '' } = {}): unknown {
  using sample = new TestPackage(inputs, values === '' ? {} : { 'values.yaml': values })
  return JSON.parse(
    JSON.stringify(resolveInputs(readPackageInputs(sample.path, sample.manifest), overridesOfSets(sets)).values),
  )
}

test('uses the declared defaults', () => {
  expect(resolve([])).toEqual({ size: 256, format: 'webp', store: {} })
})

test('converts the values of --set to the declared types', () => {
  const sets = ['size=512', 'ratio=1e-3', 'format=png', 'fast=true', 'store.url=http://x?a=b', 'folder=in/a b']
  expect(resolve(sets)).toEqual({
    size: 512,
    ratio: 0.001,
    format: 'png',
    fast: true,
    store: { url: 'http://x?a=b' },
    folder: 'in/a b',
  })
})

test('builds lists of maps and maps without declared fields', () => {
  const sets = ['datasets[0].name=a', 'datasets[1].name=b', 'datasets[1].rows=7', 'labels.team=blue', 'labels.n=1']
  expect(resolve(sets)).toMatchObject({
    datasets: [
      { name: 'a', rows: 1 },
      { name: 'b', rows: 7 },
    ],
    labels: { team: 'blue', n: '1' },
  })
})

test('--set overrides values.yaml: maps are merged, one item of a list is set, a later value wins', () => {
  const values = 'store: { url: u }\nlabels: { a: 1, b: 2 }\ndatasets: [{ name: x }, { name: y }]\n'
  const sets = ['labels.b=3', 'labels.b=4', 'datasets[0].name=z']
  expect(resolve(sets, { values })).toMatchObject({
    store: { url: 'u' },
    labels: { a: 1, b: '4' },
    datasets: [
      { name: 'z', rows: 1 },
      { name: 'y', rows: 1 },
    ],
  })
})

test('ignores values for dependencies', () => {
  const inputs = 'dependencies: { image-tools: ^1.0.0 }\ninputs: [{ key: a, type: string }]'
  expect(resolve([], { inputs, values: 'image-tools: { quality: 3 }\na: x' })).toEqual({ a: 'x' })
})

test('reports all problems at once, with suggestions', async () => {
  const inputs = `${INPUTS}  - { key: needed, type: string, required: true }\n`
  const sets = [
    'sise=1',
    'store.tokn=1',
    'fast=yes',
    'size=3',
    'format=gif',
    'ratio=x',
    'datasets[0].rows=1',
    'nonsense',
  ]
  const error = await errorOf(() => resolve(sets, { inputs, values: 'folder: 3\nformatt: png\n' }))
  expect(error.code).toBe('INPUT_INVALID')
  expect(error.hint).toContain('--set')
  expect(error.message.split('\n')).toEqual([
    'the inputs have 11 errors:',
    '  values.yaml:1:1 folder must be a path',
    '  values.yaml:2:1 formatt is not a declared input; did you mean format?',
    '  --set: write value 8 of 8 as key=value',
    '  --set: sise is not a declared input; did you mean size?',
    '  --set: store.tokn is not a declared input; did you mean store.token?',
    '  --set: size must be at least 16',
    '  --set: ratio must be a number',
    '  --set: format must be one of png, webp',
    '  --set: fast must be true or false',
    '  --set: datasets[0].name is required',
    '  needed is required',
  ])
})

test.each([
  ['size=9007199254740993', 'size is beyond 2^53, where integers are no longer exact'],
  ['size=1.5', 'size must be an integer'],
  ['size=0x2g', 'size must be an integer'],
  ['size=1e', 'size must be an integer'],
  ['size=1e-1', 'size must be an integer'],
  ['size=1_000', 'size must be an integer'],
  ['ratio=Infinity', 'ratio must be a number'],
  ['ratio=1e999', 'ratio must be a number'],
  ['folder=', 'folder must be a path'],
  ['datasets=[]', 'datasets is a list: set its items, such as datasets[0]'],
  ['labels=x', 'labels is a map: set its fields, such as labels.name'],
  ['size.a=1', 'size.a is unknown: size is of type integer'],
  ['size[0]=1', 'size[0] is unknown: size is of type integer'],
  ['store=1', 'store is a map: set its fields, such as store.name'],
  ['datasets.a=1', 'datasets is a list: use an index such as [0]'],
  ['datasets[1].name=a', 'datasets[1] leaves a gap: the items before it are not set'],
  ['datasets[0].nme=a', 'datasets[0].nme is not a declared input; did you mean name?'],
])('refuses --set %s', async (set, message) => {
  expect((await errorOf(() => resolve([set]))).message).toContain(`--set: ${message}`)
})

test.each([
  'datasets[999999999].name=1',
  `${'a.'.repeat(1e5)}b=1`,
  `labels.${'a.'.repeat(40)}b=1`,
  `labels${'[0]'.repeat(100)}=1`,
  '__proto__.polluted=1',
  'labels.__proto__.polluted=1',
  'store.__proto__=1',
])('limits the keys of --set: %.30s', async (set) => {
  expect((await errorOf(() => resolve([set]))).code).toBe('INPUT_INVALID')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('treats names of object methods as plain keys', () => {
  expect(resolve(['labels.constructor=a', 'labels.toString=b'])).toMatchObject({
    labels: { constructor: 'a', toString: 'b' },
  })
})

test('never parses a value as YAML or as an expression', () => {
  const nasty = '${inputs.size}: [a, {b: c}]\n- !!js/function "x"\n{{ .Values }} "\' & * #'
  expect(resolve([`store.url=${nasty}`])).toMatchObject({ store: { url: nasty } })
})

test('refuses a key with two defaults, and a default that does not fit', async () => {
  const inputs = 'inputs:\n  - { key: a, type: string, default: x }\n  - { key: b, type: integer, default: many }\n'
  const error = await errorOf(() => resolve([], { inputs, values: 'a: y\n' }))
  expect(error.message.split('\n').slice(1)).toEqual([
    '  colony.yaml:6:39 the default of b must be an integer',
    '  values.yaml:1:1 a already has a default in colony.yaml: keep one of them',
  ])
})

test('refuses inputs that contradict each other', async () => {
  const inputs =
    'inputs:\n  - { key: a, type: string }\n  - { key: a.b, type: string }\n  - { key: a, type: integer }\n'
  const { message } = await errorOf(() => resolve([], { inputs }))
  expect(message).toContain('colony.yaml:6:12 the input a.b conflicts with another input')
  expect(message).toContain('colony.yaml:7:12 the input a is declared twice')
})

test('never repeats the value of a secret', async () => {
  const canary = 'c4n4ry-7f3a'
  const inputs = `inputs:\n  - { key: token, type: string, secret: true }\n  - { key: pin, type: integer }\n`
  const sets = [`token=${canary}`, `pin=${canary}`, `tokn=${canary}`, canary]
  const error = await errorOf(() => resolve(sets, { inputs, values: `token: ${canary}\n` }))
  expect(error.message).toContain('--set: token is secret')
  expect(error.message).toContain('values.yaml:1:1 token is secret')
  expect(JSON.stringify([error, error.stack, error.details, error.hint])).not.toContain(canary)
})

test('--set accepts numbers in every form that a file may contain', () => {
  using sample = new TestPackage('inputs:\n  - { key: i, type: integer }\n  - { key: n, type: number }')
  const declared = readPackageInputs(sample.path, sample.manifest)
  for (const text of ['1000', '+1000', '1e3', '1E+3', '1000.0', '01000', '0x3e8', '0o1750'])
    for (const key of ['i', 'n']) {
      const { yaml } = readYaml('f.yaml', `${key}: ${text}`, { keepFloats: true })
      if (!yaml) throw new Error(text)
      const document = { kind: 'file' as const, yaml, folder: '.', section: [], data: yaml.data as Values }
      expect(resolveInputs(declared, { ...NO_OVERRIDES, documents: [document] }).values, text).toEqual({ [key]: 1000 })
      expect(resolveInputs(declared, overridesOfSets([`${key}=${text}`])).values, text).toEqual({ [key]: 1000 })
    }
})
