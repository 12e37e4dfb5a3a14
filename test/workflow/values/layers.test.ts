import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readOverrides, type ValuesOptions } from '../../../src/workflow/values/value-overrides.ts'
import { mergeInputs, resolveInputs } from '../../../src/workflow/values/inputs.ts'
import { effectiveInputs, placeOf } from '../../../src/workflow/values/explain.ts'
import { topLayer } from '../../../src/workflow/values/layer.ts'
import { readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { parseKey } from '../../../src/workflow/values/set-option.ts'
import { errorOf, TestPackage } from '../rig.ts'

const INPUTS = `inputs:
  - { key: size, type: integer, default: 1 }
  - { key: name, type: string }
  - { key: store.url, type: string, default: d }
  - { key: store.port, type: integer }
  - { key: labels, type: map, default: { a: default, b: default } }
  - { key: free, type: map }
  - { key: list, type: list }
  - { key: parts, type: list, items: { type: map, fields: [{ key: name, type: string }, { key: rows, type: integer, default: 1 }] } }
  - { key: limits, type: map, fields: [{ key: cpu, type: number }, { key: mem, type: integer, default: 9 }] }
`

interface Given extends ValuesOptions {
  own?: string
  files?: Record<string, string>
}

function resolve({ own = '', files = {}, ...options }: Given) {
  const sample = new TestPackage(INPUTS, { ...(own !== '' && { 'values.yaml': own }), ...files })
  using _ = sample
  const inputs = resolveInputs(readPackageInputs(sample.path, sample.manifest), readOverrides(sample.path, options))
  const whereIs = (key: string) => {
    const parsed = parseKey(key)
    const layer = 'path' in parsed ? topLayer(inputs.layers, parsed.path) : undefined
    return 'path' in parsed && layer ? placeOf(layer.origin(parsed.path)) : undefined
  }
  return {
    values: JSON.parse(JSON.stringify(inputs.values)) as unknown,
    whereIs: Object.fromEntries(['size', 'name', 'store.url', 'labels.b', 'list'].map((key) => [key, whereIs(key)])),
  }
}

test('each layer overrides those below it, and every value has its place', () => {
  const own = 'name: own\nlist: [own]\n'
  const files = {
    'a.yaml': 'name: a\nstore:\n  url: a\nlabels: { b: a }\n',
    'b.json': '{ "store": { "port": 2 }, "labels": { "b": "b", "c": "b" } }',
  }
  expect(resolve({}).values).toEqual({ size: 1, store: { url: 'd' }, labels: { a: 'default', b: 'default' } })
  const twoFiles = resolve({ own, files, values: ['a.yaml', 'b.json'], set: ['size=5'] })
  expect(twoFiles.values).toEqual({
    size: 5,
    name: 'a',
    store: { url: 'a', port: 2 },
    labels: { a: 'default', b: 'b', c: 'b' },
    list: ['own'],
  })
  expect(twoFiles.whereIs).toEqual({
    size: '--set',
    name: 'a.yaml:1:1',
    'store.url': 'a.yaml:3:3',
    'labels.b': 'b.json:1:39',
    list: 'values.yaml:2:1',
  })
  expect(resolve({ files, values: ['b.json', 'a.yaml'] }).values).toMatchObject({ labels: { b: 'a', c: 'b' } })
})

test('of several kinds of options, the later one wins: json, plain, string, file', () => {
  const files = { 'name.txt': 'from a file\n' }
  const all = {
    setJson: ['name="json"'],
    set: ['name=plain'],
    setString: ['name=text'],
    setFile: ['name=name.txt'],
    files,
  }
  expect(resolve(all).values).toMatchObject({ name: 'from a file\n' })
  expect(resolve({ ...all, setFile: [] }).values).toMatchObject({ name: 'text' })
  expect(resolve({ ...all, setFile: [], setString: [] }).values).toMatchObject({ name: 'plain' })
  expect(resolve({ setJson: ['name="json"', 'name="later"'] }).values).toMatchObject({ name: 'later' })
})

test('an option can change the list that another option set as a whole', () => {
  const overrides = {
    own: 'parts: [{ name: own }, { name: own }]\n',
    setJson: ['parts=[{"name":"a"},{"name":"b","rows":3}]'],
  }
  expect(resolve({ ...overrides, set: ['parts[1].rows=5', 'parts[2].name=c'] }).values).toMatchObject({
    parts: [
      { name: 'a', rows: 1 },
      { name: 'b', rows: 5 },
      { name: 'c', rows: 1 },
    ],
  })
})

test('null removes values of lower layers, including defaults', () => {
  const own = 'name: own\nfree: { a: 1, b: { c: 2 } }\nlist: [1]\nlimits: { cpu: 1 }\n'
  const files = {
    'a.yaml':
      'size: null\nname:\nstore: null\nlabels: { a: null }\nfree: { b: null }\nlist: ~\nlimits: { mem: null }\n',
  }
  expect(resolve({ own, files, values: ['a.yaml'] }).values).toEqual({
    store: {},
    labels: { b: 'default' },
    free: { a: 1 },
    limits: { cpu: 1 },
  })
  const again = resolve({ own, files, values: ['a.yaml'], set: ['size=3', 'store.url=x'] })
  expect(again.values).toMatchObject({ size: 3, store: { url: 'x' } })
  expect(resolve({ setJson: ['labels=null', 'store=null'] }).values).toEqual({ size: 1, store: {} })
})

test('an option that sets an item of a list changes only that item', () => {
  const files = { 'a.yaml': 'list: [x, y, z]\nparts: [{ name: a, rows: 1 }, { name: b, rows: 2 }]\n' }
  const values = ['a.yaml']
  expect(resolve({ files, values, set: ['list[1]=q'] }).values).toMatchObject({ list: ['x', 'q', 'z'] })
  expect(resolve({ files, values, set: ['list[3]=q', 'list[4]=r'] }).values).toMatchObject({
    list: ['x', 'y', 'z', 'q', 'r'],
  })
  expect(resolve({ files, values, set: ['parts[1].rows=7'] }).values).toMatchObject({
    parts: [
      { name: 'a', rows: 1 },
      { name: 'b', rows: 7 },
    ],
  })
  expect(resolve({ files, values, setJson: ['list=["n"]'], set: ['list[1]=m'] }).values).toMatchObject({
    list: ['n', 'm'],
  })
  expect(resolve({ own: 'list: [1, 2]\n', set: ['list[0]=z'] }).values).toMatchObject({ list: ['z', 2] })
})

test('an index beyond the list is refused with the length of the list', async () => {
  const error = await errorOf(() => resolve({ own: 'list: [1, 2]\n', set: ['list[3]=z'] }))
  expect(error.message).toContain('--set: list[3] leaves a gap: the list has 2 items')
})

test('inside a list, null is kept as data, but means no value if fields are declared', async () => {
  expect(resolve({ setJson: ['list=[null,{"a":null}]', 'parts=[{"name":null,"rows":null}]'] }).values).toMatchObject({
    list: [null, { a: null }],
    parts: [{}],
  })
  expect((await errorOf(() => resolve({ setJson: ['parts=[null]'] }))).message).toContain(
    '--set-json: parts[0] has no value',
  )
})

test('parses JSON exactly or refuses it', async () => {
  expect(resolve({ setJson: ['free={"deep":[1,2.5,"x",true]}'] }).values).toMatchObject({
    free: { deep: [1, 2.5, 'x', true] },
  })
  for (const json of [
    '9007199254740993',
    '1e400',
    '{"__proto__":{"polluted":1}}',
    '{a: 1}',
    "'a'",
    '[1,]',
    '{"a":1,"a":2}',
    `${'['.repeat(80)}${']'.repeat(80)}`,
  ])
    expect((await errorOf(() => resolve({ setJson: [`list=[${json}]`] }))).code).toBe('INPUT_INVALID')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('the contents of a file must be UTF-8 of limited size', async () => {
  const messageOf = async (contents: Buffer) => {
    using folder = new TestPackage('inputs: [{ key: a, type: string }]')
    fs.writeFileSync(path.join(folder.path, 'a.txt'), contents)
    const declared = readPackageInputs(folder.path, folder.manifest)
    const error = await errorOf(() => resolveInputs(declared, readOverrides(folder.path, { setFile: ['a=a.txt'] })))
    return error.message
  }
  expect(await messageOf(Buffer.from([0xff, 0x41]))).toContain('--set-file: a.txt is not valid UTF-8')
  expect(await messageOf(Buffer.alloc(1024 * 1024 + 1, 65))).toContain('--set-file: a.txt is larger than 1024 KiB')
  expect(await messageOf(Buffer.alloc(1024 * 1024, 65))).toContain('the values are larger than 1024 KiB')
})

test('the number and size of values are limited', async () => {
  const many = Array.from({ length: 1001 }, (_, i) => `free.a${i}=1`)
  expect((await errorOf(() => resolve({ set: many }))).message).toContain('more than 1000 values are set')
  expect((await errorOf(() => resolve({ values: many }))).message).toContain('more than 100 values files')
})

test('inputs and fields may have names that every object inherits', () => {
  const inputs = `inputs:
  - { key: constructor, type: string }
  - { key: toString.valueOf, type: string }
  - { key: parts, type: list, items: { type: map, fields: [{ key: constructor, type: string }] } }`
  using sample = new TestPackage(inputs)
  const declared = readPackageInputs(sample.path, sample.manifest)
  const shown = (set: string[], setJson: string[] = []) => {
    const merged = mergeInputs(declared, readOverrides(sample.path, { set, setJson }))
    expect(merged.problems).toEqual([])
    const values = effectiveInputs(merged).map(({ value }) => value)
    return JSON.stringify(values, (_, value: unknown) => (typeof value === 'function' ? 'of every object' : value))
  }
  expect(shown([])).toBe('[null,null,null]')
  expect(shown(['constructor=a', 'toString.valueOf=b'], ['parts=[{},{"constructor":"c"}]'])).toBe(
    '["a","b",[{},{"constructor":"c"}]]',
  )
})
