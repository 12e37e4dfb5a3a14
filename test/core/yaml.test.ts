import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { readYaml } from '../../src/core/yaml.ts'

function data(text: string): unknown {
  const { yaml, problems } = readYaml('x.yaml', text)
  expect(problems).toEqual([])
  return yaml?.data
}

/** Returns the first problem, as `line:column message`. */
function problem(text: string): string {
  const [first] = readYaml('x.yaml', text).problems
  return first ? `${first.line}:${first.column} ${first.message}` : 'none'
}

describe('YAML', () => {
  test('is read as version 1.2: yes and no are strings, 010 is ten', () => {
    expect(data('a: yes\nb: no\nc: 010\nd: 0o10\ne: 1_000\nf: ~\ng: 12:30\nh: 2001-01-01\n')).toEqual({
      ...{ a: 'yes', b: 'no', c: 10, d: 8, e: '1_000', f: null, g: '12:30', h: '2001-01-01' },
    })
  })

  test('knows the place of each value', () => {
    const { yaml } = readYaml('x.yaml', 'a: 1\nlist:\n  - { b: [x, y] }\nempty:\n')
    expect(yaml?.locate(['a'])).toEqual({ line: 1, column: 4 })
    expect(yaml?.locate(['a'], { key: true })).toEqual({ line: 1, column: 1 })
    expect(yaml?.locate(['list', 0, 'b', 1])).toEqual({ line: 3, column: 14 })
    expect(yaml?.locate(['list', 0, 'none', 'deeper'])).toEqual({ line: 3, column: 5 })
    expect(yaml?.locate([])).toEqual({ line: 1, column: 1 })
  })

  test('may be nested, long and full of quoted brackets, within reason', () => {
    expect(data(Array.from({ length: 40 }, (_, i) => `${'  '.repeat(i)}a:`).join('\n'))).toBeDefined()
    expect(data('['.repeat(60) + ']'.repeat(60))).toBeDefined()
    expect(data(`a: "${'['.repeat(30)}"\nb: '${'{'.repeat(30)}'\n`)).toBeDefined()
  })

  test('does not count brackets in strings and comments as nesting', () => {
    expect(problem(`a: "${'['.repeat(100)}"\n`)).toBe('none')
    expect(problem(`# ${'{'.repeat(100)}\na: 1\n`)).toBe('none')
    expect(problem(`a: |\n${'  if [ x ; then {\n'.repeat(100)}`)).toBe('none')
  })

  test('B09 refuses a duplicate key in any notation, and names both lines', () => {
    expect(problem('a: 1\nb: 2\na: 3\n')).toBe('3:1 duplicate key a, first used on line 1')
    expect(problem('a: 1\n"a": 2\n')).toBe('2:1 duplicate key a, first used on line 1')
    expect(problem("x:\n  - { a: 1, 'a': 2 }\n")).toBe('2:13 duplicate key a, first used on line 2')
  })

  test('D01 refuses aliases, anchors, merge keys, tags, and keys that are not strings', () => {
    expect(problem('a: &x 1\n')).toContain('anchors are not supported')
    expect(problem('a: *x\n')).toMatch(/^1:4 /)
    expect(problem('<<: { a: 1 }\n')).toContain('merge keys are not supported')
    expect(problem('{ ? { a: 1 } : 2 }\n')).toContain('a key must be a string')
    expect(problem('1: x\n')).toContain('a key must be a string')
    expect(problem('null: x\n')).toContain('a key must be a string')
    expect(problem('__proto__: { x: 1 }\n')).toBe('1:1 the key __proto__ is not accepted')
    for (const tag of ['!js/function', '!!js/function', '!!python/object', '!ruby/x', '!<tag:x,2026:y>', '!local'])
      expect(problem(`a: ${tag} 'x'\n`), tag).toMatch(/^1:4 /)
    expect(problem('a: 1\n---\nb: 2\n')).toMatch(/^2:1 /)
  })

  test.each([
    ['m: { t: !!timestamp 2024-01-01 }\n', '1:9 the tag !!timestamp is not supported'],
    ['m:\n  - !!set { x, y }\n', '2:5 the tag !!set is not supported'],
    ['m: !!set\n  ? x\n', '1:4 the tag !!set is not supported'],
    ['m: !!omap [a: 1]\n', '1:4 the tag !!omap is not supported'],
    ['m: !!pairs [a: 1]\n', '1:4 the tag !!pairs is not supported'],
    ['m: !!binary aGk=\n', '1:4 the tag !!binary is not supported'],
    ['m: !!merge x\n', '1:4 the tag !!merge is not supported'],
    ['m: !<tag:yaml.org,2002:timestamp> 2024-01-01\n', '1:4 the tag !!timestamp is not supported'],
    ['m: !mine 1\n', '1:4 the tag !mine is not supported'],
    ['m: ! 12\n', '1:4 the tag ! is not supported'],
    ['m: !!float 3\n', '1:4 the value is not a !!float'],
    ['? !!binary aGk=\n: 1\n', 'a key must be a string'],
    ['%YAML 1.1\n---\nd: 2024-01-01\n', '1:1 only YAML 1.2 is supported'],
    ['%YAML 1.1\n---\nd: no\n', '1:1 only YAML 1.2 is supported'],
    ['%TAG !e! tag:yaml.org,2002:\n---\nd: !e!set { x }\n', '1:1 only YAML 1.2 is supported'],
  ])('refuses what would lose its value: %j', (text, message) => {
    expect(problem(text)).toContain(message)
  })

  test('reads dates as strings, and accepts tags that change nothing', () => {
    expect(data('%YAML 1.2\n---\na: 2024-01-01\nb: !!str 12\nc: !!int 12\nd: !!map { e: !!seq [] }\n')).toEqual({
      ...{ a: '2024-01-01', b: '12', c: 12, d: { e: [] } },
    })
  })

  test('D01 refuses a file that is too large', () => {
    expect(readYaml('x', 'a'.repeat(101), { maxBytes: 100 }).problems[0]?.message).toContain('larger than')
    expect(problem(`a: ${'x'.repeat(512 * 1024)}`)).toContain('larger than 512 KiB')
  })

  test('D01 pollutes nothing', () => {
    for (const text of [
      '{"__proto__": {"x": 1}}',
      'constructor: { prototype: { x: 1 } }',
      'a: { __proto__: { x: 1 } }',
    ])
      readYaml('x', text)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
})

/** Inputs of a few hundred KiB that make a careless reader slow, deep or large. */
const BOMBS: Record<string, string> = {
  'billion laughs': `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${'*a,'.repeat(9)}]`).join('\n')}`,
  'many aliases': `a: &a [1]\nb: [${'*a,'.repeat(100_000)}]`,
  'merge keys': Array.from({ length: 20_000 }, (_, i) => `<<: { a${i}: 1 }`).join('\n'),
  'open brackets': '['.repeat(100_000),
  'open braces': '{a: '.repeat(100_000),
  'brackets closed in comments': '[ #]\n'.repeat(80_000),
  'brackets closed in strings': '["]",'.repeat(80_000),
  dashes: '- '.repeat(200_000),
  'dashes with tabs': '-\t'.repeat(200_000),
  'dashes with colons': '- : '.repeat(100_000),
  'question marks': '? '.repeat(200_000),
  'question marks with tabs': '?\t'.repeat(200_000),
  colons: ': '.repeat(200_000),
  'empty values': `{${'a: ,'.repeat(100_000)}}`,
  'the same key': 'a: 1\n'.repeat(80_000),
  'many keys': Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join('\n'),
  'many keys twice': Array.from({ length: 15_000 }, (_, i) => `k${i}: 1\nk${i}: 2`).join('\n'),
  commas: `[${','.repeat(400_000)}]`,
  tags: '!t '.repeat(100_000),
  anchors: '&a '.repeat(100_000),
  quotes: '"'.repeat(100_000),
  'not YAML': 'a: b: c\n'.repeat(50_000),
}

test('all YAML goes through one reader: values, manifests, workflows, tests and settings', () => {
  const src = path.resolve(import.meta.dirname, '../../src')
  const readers = fs.readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => {
    const text = file.endsWith('.ts') ? fs.readFileSync(path.join(src, file), 'utf8') : ''
    const imports = /import [^;]*?from 'yaml'/.exec(text)
    return imports !== null && /\b(?:parse\w*|Composer|Parser)\b/.test(imports[0])
  })
  // Edits colony.yaml in place, after this reader has accepted it.
  expect(readers.sort()).toEqual(['core/yaml.ts', 'installer/manifest-edit.ts'])
})

describe('YAML bombs', () => {
  // Runs in another process, restarted if it dies, so that a hang or a crash fails only its own test.
  let reader: ChildProcess | undefined
  afterAll(() => reader?.kill('SIGKILL'))

  async function read(text: string): Promise<unknown> {
    if (reader?.connected !== true)
      reader = fork(path.resolve(import.meta.dirname, 'yaml-reader.ts'), {
        execArgv: ['--max-old-space-size=512', '--import', import.meta.resolve('tsx')],
      })
    reader.send(text)
    const answer = once(reader, 'message').then(([message]) => message as unknown)
    const death = once(reader, 'exit').then(() => 'it died')
    const hang = setTimeout(40_000, 'it hangs', { ref: false })
    const outcome = await Promise.race([answer, death, hang])
    if (typeof outcome === 'string') reader.kill('SIGKILL')
    return outcome
  }

  test.each(Object.keys(BOMBS))('D01 reads or refuses %s in time without crashing', async (name) => {
    const outcome = await read(BOMBS[name] ?? '')
    // Refused before the stack ends: inside the library its end may kill node, which nothing can catch.
    expect(outcome).toEqual({
      problems: expect.any(Number) as number,
      first: expect.not.stringContaining('call stack') as string,
    })
    // Nobody reads the thousandth problem.
    expect((outcome as { problems: number }).problems).toBeLessThanOrEqual(1000)
  })
})
