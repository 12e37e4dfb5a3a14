import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { readYaml } from '../../../src/core/yaml.ts'
import { dependencyProblems, type FindInputs, inputsInFolder } from '../../../src/workflow/values/dependency-inputs.ts'
import { isMap } from '../../../src/workflow/values/fit-value.ts'
import { NO_OVERRIDES } from '../../../src/workflow/values/value-overrides.ts'
import { mergeInputs } from '../../../src/workflow/values/inputs.ts'
import { inputsSchema } from '../../../src/workflow/values/json-schema.ts'
import { type PackageInputs, readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { TestPackage } from '../rig.ts'

const NONE: FindInputs = () => undefined

function validator(declared: PackageInputs, find = NONE): (instance: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false })
  const check = ajv.compile(inputsSchema({ name: 'sample' }, declared, find))
  return (instance) => check(instance)
}

/** Whether cpm accepts a file with these values. */
function accepts(declared: PackageInputs, instance: unknown, find = NONE): boolean {
  const { yaml } = readYaml('values.json', JSON.stringify(instance))
  if (!yaml || !isMap(yaml.data)) throw new Error("the instance can't be read back")
  const document = { kind: 'file' as const, yaml, folder: '.', section: [], data: yaml.data }
  const merged = mergeInputs(declared, { ...NO_OVERRIDES, documents: [document] })
  return merged.problems.length + merged.missing.length + dependencyProblems(merged, find).length === 0
}

test('contains titles, descriptions, defaults, limits, options, secrets, groups, lists and maps', () => {
  using sample = new TestPackage(
    `inputs:
  - { key: size, label: Size, description: Edge in pixels, type: integer, default: 256, min: 16, max: 8192 }
  - { key: format, type: string, options: [png, webp] }
  - { key: store.url, type: string, required: true }
  - { key: store.token, type: string, secret: true }
  - key: datasets
    type: list
    required: true
    items: { type: map, fields: [{ key: name, type: string, required: true }, { key: rows, type: integer, default: 1 }] }
`,
    { 'values.yaml': 'format: webp\n' },
  )
  const schema = inputsSchema(
    { name: 'sample', description: 'A sample' },
    readPackageInputs(sample.path, sample.manifest),
    NONE,
  )
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'sample',
    description: 'A sample',
    type: 'object',
    required: ['store', 'datasets'],
    additionalProperties: false,
    properties: {
      size: {
        title: 'Size',
        description: 'Edge in pixels',
        type: ['integer', 'null'],
        default: 256,
        minimum: 16,
        maximum: 8192,
      },
      format: { type: ['string', 'null'], enum: ['png', 'webp', null], default: 'webp' },
      store: {
        type: 'object',
        required: ['url'],
        properties: {
          url: { type: 'string' },
          token: { type: ['string', 'null'], writeOnly: true, 'x-cpm-secret': true },
        },
      },
      datasets: {
        type: 'array',
        items: { required: ['name'], properties: { name: { type: 'string' }, rows: { default: 1 } } },
      },
    },
  })
})

test('contains the values for dependencies', () => {
  using sample = new TestPackage('dependencies: { tools: "*", other: "*" }\ninputs: []', {
    'values.yaml': 'tools: { items: [] }\n',
    'colony_packages/tools/colony.yaml': `apiVersion: v1
name: tools
version: 1.0.0
dependencies: { sample: '*' }
inputs:
  - { key: a.b, type: integer, required: true }
  - { key: items, type: list, items: { type: map, fields: [{ key: x, type: string, required: true }] } }
`,
  })
  const declared = readPackageInputs(sample.path, sample.manifest)
  const find = inputsInFolder(`${sample.path}/colony_packages`)
  const validate = validator(declared, find)
  for (const [instance, isGood] of [
    [{}, true],
    [{ tools: null, other: { anything: [1] } }, true],
    [{ tools: { a: null, sample: { x: 1 } } }, true],
    [{ tools: { a: { b: 3 }, items: [{ x: 'y' }] } }, true],
    [{ tools: { a: { b: 'x' } } }, false],
    [{ tools: { items: [{}] } }, false],
    [{ tools: { c: 1 } }, false],
    [{ tools: 1 }, false],
    [{ toolz: {} }, false],
  ] as const)
    expect([instance, validate(instance), accepts(declared, instance, find)]).toEqual([instance, isGood, isGood])
})

// A generator of declarations and values. The seed is in the title, so that a failure can be reproduced.

function randomness(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const chance = (p: number) => next() < p
  const below = (n: number) => Math.floor(next() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  return { chance, below, pick }
}
type Random = ReturnType<typeof randomness>

interface Declared {
  key?: string
  type: string
  required?: boolean
  default?: unknown
  secret?: boolean
  options?: unknown[]
  min?: number
  max?: number
  items?: Declared
  fields?: Declared[]
}

function declaration(random: Random, depth: number): Declared {
  const { chance, pick, below } = random
  const type = pick([
    'string',
    'integer',
    'number',
    'boolean',
    'path',
    ...(depth > 0 ? ['list', 'map', 'list', 'map'] : []),
  ])
  const made: Declared = { type }
  if (type === 'string' && chance(0.2)) made.secret = true
  else if (type === 'string' && chance(0.3)) made.options = ['a', 'b']
  if ((type === 'integer' || type === 'number') && chance(0.4)) made.min = below(5) - 2
  if ((type === 'integer' || type === 'number') && chance(0.4)) made.max = below(9) + 2
  if (type === 'list' && chance(0.8)) made.items = declaration(random, depth - 1)
  if (type === 'map' && chance(0.8)) made.fields = fields(random, depth - 1, ['x', 'y', 'z'])
  if (chance(0.3)) made.required = true
  else if (made.secret !== true && chance(0.3)) made.default = value(random, made, 0)
  return made
}

function fields(random: Random, depth: number, keys: string[]): Declared[] {
  const wanted = keys.filter(() => random.chance(0.7))
  return wanted.map((key) => ({ key, ...declaration(random, depth) }))
}

const JUNK: readonly unknown[] = [
  null,
  'x',
  '',
  'a',
  5,
  1.5,
  2 ** 60,
  -1e300,
  true,
  [],
  [null],
  {},
  { x: 1 },
  { zz: null },
  'env:A',
  'secret:',
]

/** Returns a value for a declaration, or with some probability anything else. */
function value(
  random: Random,
  { type, secret, options, min = 0, max = 9, items, fields: below }: Declared,
  wrong: number,
): unknown {
  const { chance, pick } = random
  if (chance(wrong)) return pick(JUNK)
  if (secret === true) return pick(['secret:a', 'env:A_B', 'file:/x y'])
  if (options) return pick(options)
  switch (type) {
    case 'integer':
      return pick([min, max])
    case 'number':
      return (min + max) / 2
    case 'boolean':
      return chance(0.5)
    case 'list':
      return Array.from({ length: random.below(3) }, () =>
        items ? value(random, items, wrong) : pick(JUNK.filter((j) => typeof j !== 'number')),
      )
    case 'map':
      return below ? mapOf(random, below, wrong) : { free: pick(['x', 1, null, [1, { a: null }]]) }
    default:
      return pick(['x', 'a/b'])
  }
}

function mapOf(random: Random, below: readonly Declared[], wrong: number): Record<string, unknown> {
  const overrides = below.filter(({ required }) => required === true || random.chance(0.6))
  const entries = overrides
    .filter(() => !random.chance(wrong / 3))
    .map((field): [string, unknown] => [field.key ?? '', value(random, field, wrong)])
  return Object.fromEntries(random.chance(wrong / 3) ? [...entries, ['unknown', 1]] : entries)
}

/** Converts inputs with dotted keys to a tree of groups. */
function grouped(flat: Record<string, unknown>): Record<string, unknown> {
  const tree: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(flat)) {
    const [group, name] = key.split('.')
    if (group === undefined || name === undefined) tree[key] = value
    else tree[group] = { ...(tree[group] as object | undefined), [name]: value }
  }
  return tree
}

/** A normal run uses one seed; CPM_SWEEP=all uses ten. */
const SEEDS = process.env.CPM_SWEEP === 'all' ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1]

test.each(SEEDS)('accepts exactly what cpm accepts (seed %i)', (seed) => {
  const random = randomness(seed)
  const seen = { good: 0, bad: 0 }
  for (let round = 0; round < 25; round++) {
    const inputs = fields(random, 2, ['a', 'b', 'g.x', 'g.y', 'h.x'])
    const own = inputs.filter((input) => input.default === undefined && input.secret !== true && random.chance(0.3))
    const values = grouped(mapOf(random, own, 0))
    using sample = new TestPackage(`inputs: ${JSON.stringify(inputs)}`, { 'values.yaml': JSON.stringify(values) })
    const declared = readPackageInputs(sample.path, sample.manifest)
    if (declared.problems.length > 0) continue
    const validate = validator(declared)
    for (let i = 0; i < 20; i++) {
      const instance = grouped(mapOf(random, inputs, random.pick([0, 0.1, 0.3])))
      if (random.chance(0.1)) instance.g = random.pick(JUNK)
      const isGood = accepts(declared, instance)
      seen[isGood ? 'good' : 'bad']++
      expect({ inputs, values, instance, isValid: validate(instance) }).toEqual({
        inputs,
        values,
        instance,
        isValid: isGood,
      })
    }
  }
  expect(seen.good).toBeGreaterThan(75)
  expect(seen.bad).toBeGreaterThan(75)
})
