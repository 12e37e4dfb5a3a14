import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPlainYaml } from '../../src/core/plain-yaml.ts'
import { readAnyYaml, readYaml } from '../../src/core/yaml.ts'

/** Scalars and keys that are plain, and others that look like them. */
const scalar = mostly(
  [
    'a',
    'b c',
    'true',
    'no',
    '~1.2',
    '1',
    '1.2.3-rc.1',
    '^1.0',
    '">=1"',
    "'*'",
    '{}',
    '[a, b c, "d"]',
    'a:b',
    'a#b',
    '(x',
    '/p',
    '{ a: b, "c": [1, {}] }',
    '[^1 , ~1]',
    'y',
    '"# c"',
    'a "b"',
    'a, [b]',
  ],
  [
    'False',
    'null',
    '~',
    '01',
    '-1',
    '1.5',
    '0x1',
    '.5',
    '"a\\n"',
    "'it''s'",
    '{a: b}',
    '[a, ]',
    '[a,b]',
    '{a}',
    '[a] b',
    '[-1]',
    '[a',
    '{ a:b }',
    '@x',
    '*',
    '&a b',
    '!!str 1',
    '|',
    '>-',
    'a: b',
    'a #b',
    '# c',
    'a:',
    '"a" b',
    '`x`',
    '2026-11-30',
    '1e3',
    '.inf',
    '<<',
    '-',
    '- a',
    '? a',
    '1.2.3 ',
    '1.2',
    '1_000',
    '0o7',
    '12:30',
    '{ a: b, a: c }',
    '[[1]]',
    '[a: b]',
    '{ "a":b }',
  ],
)
const key = mostly(
  ['a', 'b', 'c', '"@x/y"', "'d e'", '_f.g-h'],
  ['__proto__', '"__proto__"', 'true', '1', '<<', '"<<"', '?', 'a b', '"a', '[a]'],
)

function mostly(good: string[], others: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )
}

const indent = fc.constantFrom('', '', '', '  ', '  ', '    ', ' ', '      ')
const line = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(indent, key, scalar).map(([space, name, value]) => `${space}${name}: ${value}`) },
  { weight: 3, arbitrary: fc.tuple(indent, key).map(([space, name]) => `${space}${name}:`) },
  { weight: 3, arbitrary: fc.tuple(indent, scalar).map(([space, value]) => `${space}- ${value}`) },
  { weight: 2, arbitrary: fc.tuple(indent, key, scalar).map(([space, name, value]) => `${space}- ${name}: ${value}`) },
  { weight: 2, arbitrary: fc.tuple(indent, scalar).map(([space, value]) => space + value) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', '# x', '  # x', '---', '...', '\t', 'a: b ', '%YAML 1.2', '- ', '"'),
  },
)
const any = fc.array(line, { maxLength: 5 })

/** Lines of a map or list, as somebody would indent them. */
const { block } = fc.letrec<{ block: string[]; map: string[]; list: string[] }>((tie) => ({
  map: fc
    .uniqueArray(fc.tuple(key, fc.oneof(scalar, tie('block'))), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 4,
    })
    .map((entries) => entries.flatMap(([name, value]) => entryOf(`${name}:`, value))),
  list: fc
    .array(fc.oneof(scalar, tie('map')), { minLength: 1, maxLength: 3 })
    .map((items) => items.flatMap((item) => (typeof item === 'string' ? [`- ${item}`] : indented(item, '- ')))),
  block: fc.oneof({ maxDepth: 3 }, tie('map'), tie('list')),
}))

function entryOf(name: string, value: string | string[]): string[] {
  if (typeof value === 'string') return [`${name} ${value}`]
  return [name, ...(value[0]?.startsWith('- ') && value.length % 2 === 0 ? value : indented(value, '  '))]
}

function indented(lines: string[], first: string): string[] {
  return lines.map((text, index) => (index === 0 ? first : '  ') + text)
}

/** Documents as somebody would write them, half of them with a line that may be a mistake. */
const edited = fc
  .tuple(block, fc.option(line), fc.nat())
  .map(([lines, more, at]) => (more === null ? lines : lines.toSpliced(at % (lines.length + 1), 0, more)))
const documents = fc
  .tuple(fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: edited }), fc.constantFrom('', '\n'))
  .map(([lines, end]) => lines.join('\n') + end)

/** A document as somebody would write it, which is always plain. */
const tidy = fc
  .array(
    fc.tuple(
      fc.constantFrom('name', 'version', 'a', 'b', 'c'),
      fc.constantFrom('x y', '1.2.3', '"*"', '^1', '3', 'true'),
    ),
  )
  .map((entries) => [...new Map(entries)].map(([name, value]) => `${name}: ${value}\n`).join(''))

let plainOnes = 0
function agrees(text: string): void {
  const plain = readPlainYaml(text)
  if (plain === undefined) return
  plainOnes++
  const { yaml, problems } = readAnyYaml('x', text, { keepFloats: true })
  expect(problems).toEqual([])
  expect(plain).toStrictEqual(yaml?.data)
}

describe('a plain document', () => {
  test('has the same data for the library, and no document with a mistake is plain', () => {
    fc.assert(fc.property(documents, agrees), { numRuns: 8_000 })
    expect(plainOnes).toBeGreaterThan(300)
  })

  test('is what people write: no library reads it', () => {
    fc.assert(
      fc.property(tidy, (text) => {
        expect(readPlainYaml(text)).toStrictEqual(text === '' ? undefined : readAnyYaml('x', text).yaml?.data)
      }),
    )
    for (const text of manifests()) expect(readPlainYaml(text), text).toBeDefined()
  })

  test('has places for its values, found by the library when they are asked for', () => {
    const { yaml } = readYaml('x', 'a: b\nc:\n  - d\n  - e: f\n')
    expect(yaml?.data).toEqual({ a: 'b', c: ['d', { e: 'f' }] })
    expect(yaml?.locate(['c', 1, 'e'])).toEqual({ line: 4, column: 8 })
    expect(yaml?.locate(['c'], { key: true })).toEqual({ line: 2, column: 1 })
  })

  test('of many lines is read in one pass', () => {
    const text = `a: b\n${'  c\n'.repeat(50_000)}`
    expect(readPlainYaml(text)).toEqual({ a: `b${' c'.repeat(50_000)}` })
    expect(readPlainYaml(`${'- '.repeat(50_000)}a: b\n`)).toBeUndefined()
    expect(readPlainYaml(Array.from({ length: 200 }, (_, n) => `${' '.repeat(n)}a:\n`).join(''))).toBeUndefined()
  })
})

/** Simple manifests of packages: those that a cold installation reads by the hundred. */
function manifests(): string[] {
  const examples = path.resolve(import.meta.dirname, '../../examples')
  return ['hello', 'thumbnails'].map((name) => fs.readFileSync(path.join(examples, name, 'colony.yaml'), 'utf8'))
}
