import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, expect, test } from 'vitest'
import { findProject } from '../../../src/installer/find-project.ts'
import { workspaceOf } from '../../../src/installer/workspace/find-workspace.ts'
import { projectAt } from '../../../src/installer/project.ts'
import { Rig } from '../../rig/rig.ts'

const rig = await Rig.create()
afterAll(() => rig[Symbol.asyncDispose]())

function workspace(members: Record<string, Record<string, unknown>>, section: unknown = { members: ['packages/*'] }) {
  const root = rig.project({ workspace: section })
  for (const [folder, manifest] of Object.entries(members))
    rig.write({ [`${folder}/colony.yaml`]: stringify({ apiVersion: 'v1', ...manifest }) }, root)
  return root
}

test('a member has packages of its own, and the lock of the root', () => {
  const root = workspace({ 'packages/a': { name: 'a' }, 'packages/b': { name: 'b' }, other: {} })
  fs.mkdirSync(path.join(root, 'packages/a/workflows'))
  const member = findProject(path.join(root, 'packages/a/workflows'))
  expect(member).toMatchObject({
    root: path.join(root, 'packages/a'),
    lockFile: path.join(root, 'colony.lock'),
    packages: path.join(root, 'packages/a/colony_packages'),
    changes: path.join(root, 'colony_packages/.cpm'),
    member: 'packages/a',
  })
  expect(member && workspaceOf(member)?.members.map((each) => each.member)).toEqual(['packages/a', 'packages/b'])
  expect(findProject(root)).toEqual(projectAt(root))
})

test('a folder that no pattern matches is a project of its own', () => {
  const root = workspace(
    { 'packages/a': {}, 'packages/old': {}, 'packages/a/examples/x': {} },
    { members: ['packages/*'], exclude: ['packages/old'] },
  )
  for (const folder of ['packages/old', 'packages/a/examples/x'])
    expect(findProject(path.join(root, folder))).toEqual(projectAt(path.join(root, folder)))
})

test('a folder that only a link leads to is not a member', () => {
  const root = workspace({})
  const elsewhere = rig.project()
  fs.mkdirSync(path.join(root, 'packages'))
  fs.symlinkSync(elsewhere, path.join(root, 'packages/x'))
  expect(findProject(path.join(root, 'packages/x'))?.member).toBeUndefined()
})

test('a member can not declare a workspace', () => {
  const root = workspace({ 'packages/a': { workspace: { members: ['b'] } } })
  expect(() => findProject(path.join(root, 'packages/a'))).toThrow(/is a member of the workspace .* another one/)
})

test('the nearest workspace decides, and its errors are reported in its members', () => {
  const root = workspace({ 'packages/a': {} }, { member: ['packages/*'] })
  expect(() => findProject(path.join(root, 'packages/a'))).toThrow(
    /unknown key member; did you mean members\?|members is missing/,
  )
})

test.runIf(process.getuid?.() === 0)('a workspace of another user can not take over a project below it', () => {
  const root = workspace({ 'packages/a': { name: 'a' } })
  fs.chownSync(path.join(root, 'colony.yaml'), 1234, 1234)
  expect(() => findProject(path.join(root, 'packages/a'))).toThrow(/belongs to another user/)
  fs.chownSync(path.join(root, 'packages/a/colony.yaml'), 1234, 1234)
  expect(findProject(path.join(root, 'packages/a'))?.member).toBe('packages/a')
})
