import { describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import { checkPackageManifest, checkProjectManifest, requireManifest } from '../../src/package/manifest.ts'

const HEAD = 'apiVersion: v1\nname: thumbnails\nversion: 1.2.0\n'

/** Returns every problem as `line:column message`. */
function problems(text: string, unknownKeys: 'refuse' | 'tolerate' = 'refuse'): string[] {
  const { problems: found } = checkPackageManifest('colony.yaml', text, { unknownKeys })
  return found.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

function read(text: string, unknownKeys: 'refuse' | 'tolerate' = 'refuse') {
  return requireManifest(checkPackageManifest('colony.yaml', text, { unknownKeys })).manifest
}

describe('a valid manifest', () => {
  test('needs a name and a version, and has defaults for everything else', () => {
    expect(read(HEAD)).toEqual({
      apiVersion: 'v1',
      name: 'thumbnails',
      version: '1.2.0',
      ...{ maintainers: [], keywords: [], categories: [], dependencies: [], devDependencies: [], features: {} },
      ...{ conditions: {}, inputs: [], files: ['**'], executables: [], overrides: [], functions: [] },
    })
  })

  test('of a project needs neither', () => {
    const { manifest } = checkProjectManifest('colony.yaml', 'apiVersion: v1\n', { unknownKeys: 'refuse' })
    expect(manifest?.name).toBeUndefined()
    const wrong = checkProjectManifest('colony.yaml', 'apiVersion: v1\nname: No\n', { unknownKeys: 'refuse' })
    expect(wrong.problems).toHaveLength(1)
  })

  test('may use every key', () => {
    const manifest = read(`${HEAD}description: Scale images on any executor
license: MIT
maintainers: [{ name: Ada, email: ada@example.org, url: https://example.org }]
keywords: [image]
dependencies:
  image-tools: ^2.1.0
  gpu-helpers: { version: '>=1.0 <3', optional: true, features: [cuda] }
  local-tools: path:../local-tools
devDependencies: {}
features: { cuda: [gpu-helpers] }
conditions: { colonyos: '>=1.9.0', architecture: [x86_64, aarch64], cpm: '>=0.1.0' }
inputs:
  - { key: size, label: Size, type: integer, description: Edge in pixels, default: 256, min: 16, max: 8192 }
  - { key: datasets, type: list, required: true, items: { type: map, fields: [{ key: name, type: string }, { key: rows, type: integer }] } }
  - { key: format, type: string, options: [png, webp], default: webp }
  - { key: store.token, type: string, secret: true }
files: ['**']
executables: ['bin/*']
overrides: {}
functions:
  - { executortype: image, name: resize, command: [bin/resize.js] }
`)
    expect(manifest.dependencies).toEqual([
      { name: 'image-tools', requirement: '^2.1.0', optional: false, features: [] },
      { name: 'gpu-helpers', requirement: '>=1.0 <3', optional: true, features: ['cuda'] },
      { name: 'local-tools', requirement: 'path:../local-tools', optional: false, features: [] },
    ])
    expect(manifest.inputs.map(({ key, type }) => `${key} ${type}`)).toEqual([
      ...['size integer', 'datasets list', 'format string', 'store.token string'],
    ])
  })

  test('may have a list or a map of dependencies, and keeps their order', () => {
    const list = read(`${HEAD}dependencies:
  - { name: zeta, version: ^1.0.0 }
  - { name: alpha, version: '*', optional: true, features: [cuda] }
`)
    const map = read(`${HEAD}dependencies:
  zeta: ^1.0.0
  alpha: { version: '*', optional: true, features: [cuda] }
`)
    expect(list.dependencies).toEqual(map.dependencies)
    expect(list.dependencies.map(({ name }) => name)).toEqual(['zeta', 'alpha'])
  })

  test('may use the names of the first cpm: int, bool, select and buildDependencies', () => {
    const manifest = read(`${HEAD}inputs:
  - { key: a, type: int }
  - { key: b, type: bool }
  - { key: c, type: select, options: [x] }
  - { key: d, type: list, items: { type: int } }
devDependencies: { one: '1' }
buildDependencies: { two: '2' }
`)
    expect(manifest.inputs.map(({ type }) => type)).toEqual(['integer', 'boolean', 'string', 'list'])
    expect(manifest.inputs[3]?.items?.type).toBe('integer')
    expect(manifest.devDependencies.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(manifest).not.toHaveProperty('buildDependencies')
  })

  test('may be JSON, which is also YAML', () => {
    expect(read('{"apiVersion": "v1", "name": "a", "version": "1.0.0"}').name).toBe('a')
  })
})

describe('unknown keys', () => {
  const text = `${HEAD}dependancies: {}\nlicence: MIT\nmaintainers:\n  - { name: Ada, emial: ada@example.org }\n`

  test('are errors for an author, with their position and a suggestion', () => {
    expect(problems(text)).toEqual([
      '4:1 unknown key dependancies; did you mean dependencies?',
      '5:1 unknown key licence; did you mean license?',
      '7:18 unknown key emial; did you mean email?',
    ])
    expect(problems(`${HEAD}completely-else: 1\n`)).toEqual(['4:1 unknown key completely-else'])
    expect(problems(`${HEAD}dependencies: { a: { version: '1', optinal: true } }\n`)).toEqual([
      '4:36 unknown key optinal; did you mean optional?',
    ])
  })

  test('are ignored for a consumer, so that an old cpm can read packages of a new one', () => {
    const manifest = read(`${text}dependencies: { a: { version: '1', later: { x: 1 } } }\n`, 'tolerate')
    expect(manifest.maintainers).toEqual([{ name: 'Ada' }])
    expect(manifest.dependencies).toEqual([{ name: 'a', requirement: '1', optional: false, features: [] }])
    expect(manifest).not.toHaveProperty('licence')
  })

  test('do not hide other errors when they are tolerated', () => {
    expect(problems(`${text}homepage: nonsense\n`, 'tolerate')).toEqual(['8:11 homepage: must be an http or https URL'])
    expect(problems('apiVersion: 1\nname: a\nversion: 1.0.0\nx: 1\n', 'tolerate')).toEqual([
      '1:13 apiVersion: must be v1',
    ])
  })
})

describe('errors', () => {
  test('are all reported at once, in the order of the file', () => {
    const text = `apiVersion: v1
name: Thumbnails
version: 1.2
description: [no]
dependencies:
  Image: ^1.0.0
  tools: not a range
  git: git:https://example.org
features: { cuda: [gpu] }
inputs:
  - { key: a, type: strin }
  - { key: 0b, type: string, items: { type: string } }
`
    const found = problems(text)
    const places = found.map((problem) => (problem.split(' ')[0] ?? '').split(':').map(Number))
    expect(places).toEqual([...places].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d))
    for (const part of [
      '2:7 name: a package name consists of a-z',
      '3:10 version:',
      '4:14 description:',
      '6:3 a package name consists of',
      '7:10 dependencies.tools: not a version range',
      '8:8 dependencies.git: git: is not a source',
      '11:21 inputs.0.type: must be one of string, integer',
      '12:12 inputs.1.key:',
    ])
      expect(found.join('\n')).toContain(part)
    try {
      read(text)
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof CpmError)) throw error
      expect(error.code).toBe('MANIFEST_INVALID')
      expect(error.message).toContain('  colony.yaml:2:7 name: a package name')
      expect((error.details.problems as unknown[]).length).toBe(found.length)
    }
  })

  test('distinguish a missing key from a value of the wrong type', () => {
    expect(problems('apiVersion: v1\n')).toEqual(['1:1 name is missing', '1:1 version is missing'])
    expect(problems(`${HEAD}functions: [{ name: x, command: [x] }]\n`)).toEqual(['4:13 executortype is missing'])
    expect(problems(`${HEAD}dependencies: { a: { optional: true } }\n`)).toEqual(['4:20 version is missing'])
    expect(problems('apiVersion: v1\nname: 5\nversion: 1.0\n')).toEqual([
      '2:7 name: must be a string: write "5" in quotes',
      '3:10 version: must be a string: write "1.0.0" in quotes',
    ])
    expect(problems(`${HEAD}description:\n`)).toEqual(['4:13 description: must be a string'])
  })

  test('B09 report a duplicate key with both lines, to authors and consumers', () => {
    for (const unknownKeys of ['refuse', 'tolerate'] as const) {
      expect(problems(`${HEAD}license: MIT\nname: other\n`, unknownKeys)).toEqual([
        '5:1 duplicate key name, first used on line 2',
      ])
      expect(problems(`${HEAD}dependencies:\n  a: '1'\n  b: '1'\n  "a": '2'\n`, unknownKeys)).toEqual([
        '7:3 duplicate key a, first used on line 5',
      ])
    }
    expect(problems(`${HEAD}dependencies: [{ name: a, version: '1' }, { name: a, version: '2' }]\n`)).toEqual([
      '4:51 dependencies.1.name: a is listed twice',
    ])
  })

  test('report a feature that lists a dependency that is not optional', () => {
    const text = `${HEAD}dependencies:
  must: ^1.0.0
  may: { version: ^1.0.0, optional: true }
features:
  fine: [may]
  wrong: [may, must, absent]
`
    expect(problems(text)).toEqual([
      '9:16 features.wrong.1: feature wrong names must, which is not an optional dependency',
      '9:22 features.wrong.2: feature wrong names absent, which is not an optional dependency',
    ])
  })

  test('report an inconsistent declaration of an input', () => {
    const input = (text: string) =>
      problems(`${HEAD}inputs: [{ key: a, ${text} }]\n`).map((found) => found.slice(found.indexOf(' ') + 1))
    expect(input('type: string, required: true, default: x')).toEqual([
      "inputs.0.required: an input with a default can't be required",
    ])
    expect(input('type: integer, required: false, default: 0')).toEqual([])
    expect(input('type: string, min: 1')).toEqual(['inputs.0.min: min belongs to a number, not to a string'])
    expect(input('type: string, max: 1')).toEqual(['inputs.0.max: max belongs to a number, not to a string'])
    expect(input('type: map, items: { type: string }')).toEqual([
      'inputs.0.items: items belong to a list, not to a map',
    ])
    expect(input('type: list, fields: []')).toEqual(['inputs.0.fields: fields belong to a map, not to a list'])
    expect(input('type: list, items: { type: string, required: true, default: x }')).toHaveLength(1)
    expect(input('type: string, options: []')).toHaveLength(1)
    expect(input('type: integer, min: 5, max: 3')).toEqual(['inputs.0.max: max is less than min'])
    expect(input('type: integer, min: 1.5')).toEqual(['inputs.0.min: min of an integer must be an integer within 2^53'])
    expect(input('type: integer, max: 9007199254740993')).toHaveLength(1)
    expect(input('type: integer, min: 5, options: [5, 2]')).toEqual([
      'inputs.0.options: the option 2 is not between min and max',
    ])
    expect(input('type: string, options: [a, 2]')).toEqual(['inputs.0.options: the option 2 is not a string'])
    expect(input('type: string, options: [a, a]')).toEqual(['inputs.0.options: an option is listed twice'])
    expect(input('type: number, min: 0.5, max: 2, options: [0.5, 1]')).toEqual([])
    expect(problems(`${HEAD}inputs: [{ key: in, type: string }]\n`)).toEqual([
      expect.stringContaining('this name is reserved'),
    ])
    expect(input('type: date')).toEqual([
      'inputs.0.type: must be one of string, integer, number, boolean, list, map, path',
    ])
  })

  test('B01 report unsafe or invalid names, versions and requirements', () => {
    for (const name of [
      '..',
      '../x',
      'a/b',
      '@a/../b',
      'A',
      'a_b',
      'a.b',
      '-a',
      '@a',
      '@/a',
      'a b',
      'ü',
      'a'.repeat(101),
    ])
      expect(problems(`apiVersion: v1\nname: ${JSON.stringify(name)}\nversion: 1.0.0\n`), name).toHaveLength(1)
    for (const version of ['1', '1.2', 'v1.0.0', '1.0.0+build', '01.0.0', '../1.0.0', '1.0.0 ', '1.0.0-', 'latest'])
      expect(problems(`apiVersion: v1\nname: a\nversion: ${JSON.stringify(version)}\n`), version).toHaveLength(1)
    for (const requirement of [
      'latest',
      'git:x',
      'http://x',
      'npm:a@1',
      'file:../x',
      'path:',
      '1 ||| 2',
      '^',
      '>',
      'x'.repeat(300),
    ])
      expect(problems(`${HEAD}dependencies: { a: ${JSON.stringify(requirement)} }\n`), requirement).toHaveLength(1)
    for (const url of ['javascript:alert(1)', 'file:///etc/passwd', 'ftp://x', 'x'])
      expect(problems(`${HEAD}homepage: ${JSON.stringify(url)}\n`), url).toHaveLength(1)
  })

  test('B11 keys that are special in JavaScript are refused or have no effect', () => {
    expect(problems(`${HEAD}__proto__: { x: 1 }\n`)).toEqual(['4:1 the key __proto__ is not accepted'])
    expect(problems(`${HEAD}dependencies: { __proto__: ^1.0.0 }\n`)).toHaveLength(1)
    expect(problems(`${HEAD}inputs: [{ key: a.__proto__.b, type: string }]\n`)).toHaveLength(1)
    expect(problems(`${HEAD}toString: x\nconstructor: y\n`)).toHaveLength(2)
    const manifest = read(`${HEAD}dependencies: { constructor: ^1.0.0, tostring: '1' }\n`)
    expect(manifest.dependencies.map(({ name }) => name)).toEqual(['constructor', 'tostring'])
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  test('D01 report the position of anything that is not plain YAML', () => {
    const refused: [string, string][] = [
      ['a: &x 1', '4:7 anchors are not supported: write the value out'],
      ['description: !!js/function x', '4:14'],
      ['description: !ruby/object x', '4:14'],
      ['<<: { a: 1 }', '4:1 merge keys are not supported: write the values out'],
      ['? [a]\n: 1', '4:3 a key must be a string: put it in quotes'],
      ['1: x', '4:1 a key must be a string: put it in quotes'],
      ['--- \nname: b', '4:1'],
      ['\tx: 1', '4:1'],
    ]
    for (const [line, expected] of refused) expect(problems(`${HEAD}${line}\n`)[0], line).toContain(expected)
    for (const text of ['', '# nothing\n', '[]', 'text', '1', 'null', '---\n...\n---\n'])
      expect(problems(text).length, text).toBeGreaterThan(0)
    expect(problems(`${HEAD}description: '${'x'.repeat(256 * 1024)}'\n`)[0]).toContain('larger than 256 KiB')
  })
})

test.each([
  ['authors: [Ada]', 'unknown key authors; write maintainers: [{ name: … }]'],
  ['scripts: {}', 'unknown key scripts; write functions: (cpm runs nothing at install)'],
  ['engines: {}', "unknown key engines; write conditions: { cpm: '>=…' }"],
  ['main: x', 'unknown key main; leave it out: workflows/main.yaml is the main workflow'],
  ['deps: {}', 'unknown key deps; write dependencies:'],
  ['dev-dependencies: {}', 'unknown key dev-dependencies; did you mean devDependencies?'],
  ['Keywords: []', 'unknown key Keywords; did you mean keywords?'],
  ['inputs: [{ key: a, type: string, choices: [b] }]', 'unknown key choices; write options:'],
  ['functions: [{ executortype: x, name: f, command: [sh], args: [] }]', 'unknown key args; write command: (a list: the program, then its arguments)'], // prettier-ignore
  ['keyword: []', 'unknown key keyword; did you mean keywords?'],
  ['constructor: x', 'unknown key constructor'],
])('a key from another tool is refused with what to write instead: %s', (rest, message) => {
  const text = `apiVersion: v1\nname: a\nversion: 1.0.0\n${rest}\n`
  const { problems } = checkPackageManifest('colony.yaml', text, { unknownKeys: 'refuse' })
  expect(problems.map((problem) => problem.message)).toContain(message)
})
