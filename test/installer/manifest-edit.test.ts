import { describe, expect, test } from 'vitest'
import { removeDependencies, setDependencies } from '../../src/installer/manifest-edit.ts'
import type { PackageName } from '../../src/schema/name.ts'

const [A, B, C] = ['a', 'b', 'c'] as [PackageName, PackageName, PackageName]
const TEXT = `apiVersion: v1
# what it needs
dependencies:
  a: ^1.0.0 # kept
  b: ^1.0.0
# the end
`
const windows = (text: string) => text.replaceAll('\n', '\r\n')

describe.each([
  ['with Unix line endings', (text: string) => text],
  ['with Windows line endings', windows],
])('a manifest %s', (_title, written) => {
  const text = written(TEXT)

  test('changes or adds a requirement and keeps all other lines', () => {
    expect(setDependencies(text, 'dependencies', new Map([[A, '^2.0.0']]))).toBe(text.replace('a: ^1', 'a: ^2'))
    expect(setDependencies(text, 'dependencies', new Map([[C, '^1.0.0']]))).toBe(
      text.replace(written('  b: ^1.0.0\n'), written('  b: ^1.0.0\n  c: ^1.0.0\n')),
    )
  })

  test('adds a section at its end', () => {
    expect(setDependencies(text, 'devDependencies', new Map([[C, '*']]))).toBe(
      text + written("devDependencies:\n  c: '*'\n"),
    )
  })

  test('removes a dependency, and removes the section with the last one', () => {
    expect(removeDependencies(text, [B])).toBe(text.replace(written('  b: ^1.0.0\n'), ''))
    const rest = removeDependencies(text, [A, B])
    expect(rest).not.toContain('dependencies')
    expect(rest).toContain(written('# the end\n'))
  })
})

describe.each(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', '1', '0x1f', '1e3', '007'])(
  'the name %s is quoted, since some YAML parsers take it for something else,',
  (name) => {
    test.each([
      ['in a new section', 'apiVersion: v1\n'],
      ['in a block', TEXT],
      ['in a flow map', 'apiVersion: v1\ndependencies: { a: ^1.0.0 }\n'],
      ['in a list', 'apiVersion: v1\ndependencies:\n  - { name: a, version: ^1.0.0 }\n'],
    ])('%s', (_where, before) => {
      const text = setDependencies(before, 'dependencies', new Map([[name as PackageName, '^2.0.0']]))
      expect(text).toMatch(new RegExp(`(['"])${name}\\1`))
    })
  },
)

test('an escaped character stays escaped where the document is rewritten', () => {
  const before = 'apiVersion: v1\ndescription: "a\\Lb"\ndependencies: { a: ^1.0.0 }\n'
  expect(setDependencies(before, 'dependencies', new Map([[B, '^1.0.0']]))).toContain('description: "a\\Lb"\n')
})
