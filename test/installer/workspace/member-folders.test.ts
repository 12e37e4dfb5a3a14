import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { WorkspaceSection } from '../../../src/schema/workspace.ts'
import { matchesPattern } from '../../../src/installer/workspace/folder-pattern.ts'
import { isMemberPath, memberFolders } from '../../../src/installer/workspace/member-folders.ts'
import { Rig } from '../../rig/rig.ts'

const rig = await Rig.create()
afterAll(() => rig[Symbol.asyncDispose]())

let made = 0
/** Makes a workspace of folders with a colony.yaml. */
function repository(folders: readonly string[]): string {
  const root = rig.path(`repository-${++made}`)
  fs.mkdirSync(root)
  rig.write(Object.fromEntries(folders.map((folder) => [`${folder}/colony.yaml`, 'apiVersion: v1\n'])), root)
  return root
}

function section(members: readonly string[], exclude: readonly string[] = []): WorkspaceSection {
  return WorkspaceSection.parse({ members, exclude })
}

const FOLDERS = [
  'packages/a',
  'packages/b',
  'packages/b/examples/demo',
  'packages/.hidden',
  'packages/b/colony_packages/c',
  'tools/node_modules/x',
  'tools/lint',
]

describe('the members of a workspace', () => {
  test.each([
    [['packages/*'], [], ['packages/a', 'packages/b']],
    [['./packages/*/'], [], ['packages/a', 'packages/b']],
    [['packages/**'], [], ['packages/a', 'packages/b', 'packages/b/examples/demo']],
    [['packages/?', 'tools/lint'], [], ['packages/a', 'packages/b', 'tools/lint']],
    [['**'], ['packages/b'], ['packages/a', 'tools/lint']],
    [['**/demo'], [], ['packages/b/examples/demo']],
    [['packages/.hidden'], [], ['packages/.hidden']],
    [['packages/*', 'packages/*'], ['packages/[a]'.replace(/[[\]]/g, '')], ['packages/b']],
  ])('%s without %s are %s', (members, exclude, expected) => {
    const root = repository(FOLDERS)
    expect(memberFolders(root, section(members, exclude))).toEqual(expected)
    for (const folder of FOLDERS)
      expect([folder, isMemberPath(folder, section(members, exclude))]).toEqual([folder, expected.includes(folder)])
  })

  test('never include what a link leads to', () => {
    const root = repository(['packages/a'])
    const elsewhere = repository(['stolen'])
    fs.symlinkSync(path.join(elsewhere, 'stolen'), path.join(root, 'packages/link'))
    fs.symlinkSync(elsewhere, path.join(root, 'outside'))
    expect(memberFolders(root, section(['packages/*']))).toEqual(['packages/a'])
    expect(memberFolders(root, section(['**']))).toEqual(['packages/a'])
    for (const pattern of ['packages/link', 'outside/*'])
      expect(() => memberFolders(root, section([pattern]))).toThrow(/is a link, which could lead elsewhere/)
  })

  test('a folder that is named and has no colony.yaml is an error with a suggestion', () => {
    const root = repository(['packages/tools'])
    fs.mkdirSync(path.join(root, 'empty'))
    expect(() => memberFolders(root, section(['packages/tolls']))).toThrow(
      /there is no folder packages\/tolls; did you mean tools\?/,
    )
    expect(() => memberFolders(root, section(['empty']))).toThrow(/empty has no colony\.yaml/)
    expect(memberFolders(root, section(['none/*']))).toEqual([])
  })
})

test.each(['../out', '/abs', 'a/../../b', 'a//b', 'C:\\x', 'a\\b', '!a', 'a/{b,c}', 'a**', '', '.', 'packages/[ab]'])(
  'refuses the pattern %j',
  (pattern) => {
    expect(WorkspaceSection.safeParse({ members: [pattern] }).success).toBe(false)
  },
)

test('a pattern that a regular expression would need years for takes no time', () => {
  const started = performance.now()
  expect(matchesPattern('*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(200))).toBe(false)
  expect(matchesPattern(`${'**/a/'.repeat(100)}b`, 'a/'.repeat(300) + 'c')).toBe(false)
  expect(performance.now() - started).toBeLessThan(1000)
})

test('patterns match as the regular expression that they stand for', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'ab', 'ba'), { minLength: 1, maxLength: 5 })
  const patterns = fc.array(fc.constantFrom('a', '*', '**', 'a*', '?b', '*b*'), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(patterns, names, (pattern, name) => {
      const source = pattern
        .map((one) => (one === '**' ? '(?:[^/]+/)*' : `${one.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`))
        .join('')
      const expected = new RegExp(`^${source}$`).test(`${name.join('/')}/`)
      expect(matchesPattern(pattern.join('/'), name.join('/'))).toBe(expected)
    }),
  )
})
