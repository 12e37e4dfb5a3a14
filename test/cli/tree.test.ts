import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { dependencyTree } from '../../src/installer/dependency-tree.ts'
import { branches } from '../../src/cli/views/branches.ts'
import type { Lock } from '../../src/schema/lock.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { Rig } from '../rig/rig.ts'

async function rigWithPackages() {
  const rig = await Rig.create()
  await rig.publish('bytes@1.0.0', ['codec@1.2.0', { dependencies: { bytes: '^1' } }])
  await rig.publish([
    'photos@2.0.0',
    { dependencies: { bytes: '>=1', codec: '^1.1', gone: { version: '*', optional: true } } },
  ])
  return rig
}

test('the dependencies of a project are shown as a tree, each with its own dependencies once', async () => {
  await using rig = await rigWithPackages()
  const cwd = rig.project({ dependencies: { photos: '^2' }, devDependencies: { codec: '*' } })
  expect((await rig.cpm('tree', { cwd })).stderr).toContain('LOCK_OUTDATED')
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  const { stdout, code } = await rig.cpm('tree', { cwd })
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'your project',
    '├─ codec 1.2.0 (*, for development)',
    '│  └─ bytes 1.0.0 (^1)',
    '└─ photos 2.0.0 (^2)',
    '   ├─ bytes 1.0.0 (>=1)',
    '   ├─ codec 1.2.0 (^1.1) (*)',
    '   └─ gone (*, left out: there is no package named gone)',
    '(*) see its dependencies above',
  ])
  expect((await rig.cpm('tree --depth 1', { cwd })).stdout).toBe(
    'your project\n├─ codec 1.2.0 (*, for development)\n└─ photos 2.0.0 (^2)',
  )
  expect((await rig.cpm('tree codec', { cwd })).stdout).toBe('codec 1.2.0\n└─ bytes 1.0.0 (^1)')
  expect((await rig.cpm('tree bytes', { cwd })).stdout).toBe('bytes 1.0.0\nno dependencies')
  expect((await rig.cpm('tree bites', { cwd })).stderr).toContain('did you mean bytes?')
  expect((await rig.cpm('tree --depth 0', { cwd })).stderr).toContain('--depth')
})

test('JSON has the rows in the order in which they are drawn', async () => {
  await using rig = await rigWithPackages()
  const cwd = rig.project({ dependencies: { codec: '^1' } })
  await rig.cpm('install', { cwd })
  expect((await rig.cpm('tree --json', { cwd })).json.data).toEqual({
    trees: [
      {
        root: '.',
        name: null,
        version: null,
        rows: [
          { depth: 0, name: 'codec', version: '1.2.0', requirement: '^1' },
          { depth: 1, name: 'bytes', version: '1.0.0', requirement: '^1' },
        ],
      },
    ],
  })
})

test('each member of a workspace and each global package has a tree of its own', async () => {
  await using rig = await rigWithPackages()
  const cwd = rig.project({ workspace: { members: ['packages/*'] } })
  for (const [name, dependencies] of [
    ['one', '{ codec: ^1 }'],
    ['two', '{ one: "*" }'],
  ] as const) {
    fs.mkdirSync(path.join(cwd, 'packages', name), { recursive: true })
    const text = `apiVersion: v1\nname: ${name}\nversion: 1.0.0\ndependencies: ${dependencies}\n`
    fs.writeFileSync(path.join(cwd, 'packages', name, 'colony.yaml'), text)
  }
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  const { stdout } = await rig.cpm('tree', { cwd })
  expect(stdout).toMatch(/^one 1\.0\.0\n/)
  expect(stdout).toContain('one 1.0.0\n└─ codec 1.2.0 (^1)\n   └─ bytes 1.0.0 (^1)')
  expect(stdout).toContain('two 1.0.0\n└─ one 1.0.0 (in packages/one)\n   └─ codec')
  expect((await rig.cpm('tree --filter two --depth 1', { cwd })).stdout).toBe(
    'two 1.0.0\n└─ one 1.0.0 (in packages/one)',
  )

  expect((await rig.cpm('tree -g', { cwd })).stdout).toBe('no global packages')
  expect((await rig.cpm('install -g codec', { cwd })).code).toBe(0)
  expect((await rig.cpm('tree -g', { cwd })).stdout).toBe('codec 1.2.0\n└─ bytes 1.0.0 (^1)')
})

test('a chain of thousands of packages, and a cycle, are drawn in good time', () => {
  const of = (name: string) => name as PackageName
  const length = 20_000
  const entry = (next: string) => ({ version: '1.0.0' as Version, dependencies: { [of(next)]: '*' }, path: 'x' })
  const packages = Object.fromEntries(
    Array.from({ length }, (_, n) => [of(`p${n}`), entry(`p${(n + 1) % length}`)]),
  ) as Lock['packages']
  const roots = { '.': { dependencies: { [of('p0')]: '*' }, devDependencies: {}, overrides: {} } } as Lock['roots']
  const rows = dependencyTree({ schemaVersion: 1, roots, omitted: {}, packages }, '.')
  expect(rows.length).toBe(length + 1)
  expect(rows.at(-1)).toMatchObject({ name: 'p0', repeated: true })
  expect(branches(rows.map(({ depth }) => depth)).at(-1)?.length).toBeLessThan(100)
})
