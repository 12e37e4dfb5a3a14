import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import '../src/schema/own-words.ts'
import { readJson } from '../src/core/json.ts'
import { readYaml } from '../src/core/yaml.ts'
import { checkPackageManifest } from '../src/package/manifest.ts'

const SCHEMAS = path.resolve(import.meta.dirname, '../src/schema')
const LIBRARY_WORDS =
  /\bexpected\b|\breceived\b|Invalid|Too (?:small|big)|Unrecognized|Flow |Implicit|Nested mappings|Missing|Unexpected|JSON at position/

const BAD_VALUES: readonly unknown[] = [
  ...[undefined, null, true, 0, -1, 1.5, 1e308, Number.NaN, '', 'x', '\n', 'x'.repeat(10_000)],
  ...[[], [1], [[]], {}, { nosuch: 1, other: 2 }, new Map(), 10n],
  { name: 5, version: 1, schemaVersion: 99, kind: 'nosuch', packages: { Bad: 1 }, dependencies: { a: 1.1 }, v: 'x' },
]

describe('errors never use the words of a library', () => {
  const files = fs.readdirSync(SCHEMAS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

  test.each(files)('schemas of %s', async (file) => {
    const exported = (await import(path.join(SCHEMAS, file))) as Record<string, unknown>
    for (const [name, schema] of Object.entries(exported)) {
      if (!(schema instanceof z.ZodType)) continue
      for (const value of BAD_VALUES) {
        const issues = schema.safeParse(value).error?.issues ?? []
        for (const { message } of issues) expect(message, `${name}: ${String(value)}`).not.toMatch(LIBRARY_WORDS)
      }
    }
  })

  test.each([
    ...['a: [', 'a: {b: 1', 'a: "x', "a: 'x", 'a: b: c', 'a\nb: 1', '\ta: 1', 'a:\n\t- b', '- a\nb: 1', 'a: 1\n b: 2'],
    ...[
      'a: @x',
      'a: `x',
      'a: %x',
      'a: "\\q"',
      'a: *x',
      '&x &y a: 1',
      '? [a]\n: b',
      '}',
      ']',
      ': :',
      'a: |x',
      '---\n---\na',
    ],
    ...['%FOO bar\n---\na: 1', 'a: [b, c: {d]', 'a: !<x', '- - a\n - b', `${'k'.repeat(1100)}: 1`, 'a: !!int x'],
  ])('YAML %j', (text) => {
    for (const { message } of readYaml('a.yaml', text).problems) expect(message).not.toMatch(LIBRARY_WORDS)
  })

  test.each(['', '{', '{"a"', '{"a":}', '[1,]', 'nul', '"\\q"', '{"a":1,"a":2}', '1 2'])('JSON %j', (text) => {
    const read = readJson(text)
    expect('fault' in read && read.fault.message).not.toMatch(LIBRARY_WORDS)
  })
})

describe('the most common mistakes are reported with what to write', () => {
  const problems = (text: string) =>
    checkPackageManifest('colony.yaml', text, { unknownKeys: 'refuse' }).problems.map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    )
  const EMPTY = ['1:1 the file is empty: start with apiVersion: v1, a name and a version']

  test('an empty manifest', () => {
    for (const text of ['', '\n\n', '# later\n', '---\n', 'null\n']) expect(problems(text), text).toEqual(EMPTY)
  })

  test('numbers and booleans in place of strings', () => {
    const head = 'apiVersion: v1\nname: a\n'
    expect(problems(`${head}version: 1.0\n`)).toEqual(['3:10 version: must be a string: write "1.0.0" in quotes'])
    expect(problems(`${head}version: 2\n`)).toEqual(['3:10 version: must be a string: write "2.0.0" in quotes'])
    expect(problems(`${head}version: 1.0.0\nlicense: true\n`)).toEqual([
      '4:10 license: must be a string: write "true" in quotes',
    ])
    expect(problems(`${head}version: 1.0.0\ndependencies:\n  flo: 1.10\n`)).toEqual([
      '5:8 dependencies.flo: must be a string: write "1.10" in quotes',
    ])
  })

  test('git conflict markers, in YAML and in JSON', () => {
    const conflict = (ours: string, theirs: string) =>
      `<<<<<<< HEAD\n${ours}\n=======\n${theirs}\n>>>>>>> other branch\n`
    const fact = 'unresolved merge conflict'
    expect(problems(`apiVersion: v1\n${conflict('version: 1.0.0', 'version: 1.1.0')}`)).toEqual([
      expect.stringContaining(`2:1 ${fact}`),
    ])
    expect(problems(conflict('- a', '- b'))).toEqual([expect.stringContaining(`1:1 ${fact}`)])
    expect(readJson(`{\n${conflict('"a": 1', '"a": 2')}}\n`)).toMatchObject({
      fault: { line: 2, column: 1, message: expect.stringContaining(fact) as string },
    })
    for (const marker of ['<<<<<<< HEAD', '>>>>>>> other', '||||||| base'])
      expect(problems(`apiVersion: v1\n${marker}\nversion: 1.0.0\n`)).toEqual([expect.stringContaining(`2:1 ${fact}`)])
    expect(readJson('{\n>>>>>>> other\n}\n')).toMatchObject({ fault: { line: 2, column: 1 } })
    expect(readYaml('a.yaml', 'text: |\n  <<<<<<< HEAD\n').problems).toEqual([])
    expect(readYaml('a.yaml', 'text: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> b\n').problems).toEqual([])
  })
})
