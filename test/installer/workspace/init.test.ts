import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../../rig/rig.ts'

test('cpm init --workspace starts a workspace, and cpm init its members', async () => {
  await using rig = await Rig.create()
  const root = rig.path('suite')
  const cpm = async (line: string, cwd = root) => await rig.cpm(line, { cwd })
  expect((await cpm('init suite --workspace', rig.root)).stdout).toContain('cd suite && cpm init packages/<name>')
  const { stdout } = await cpm('init packages/hello')
  expect(stdout).toContain(`packages/hello is a member of the workspace ${root}`)
  expect((await cpm('init packages/uses --bare')).code).toBe(0)
  expect(rig.read(path.join(root, 'packages/uses/colony.yaml'))).toBe("apiVersion: v1\nname: 'uses'\n")
  expect((await cpm('install hello', path.join(root, 'packages/uses'))).code).toBe(0)
  expect(rig.read(path.join(root, 'packages/uses/colony.yaml'))).toContain('hello: ^0.1.0')
  expect((await cpm('test packages/hello')).code).toBe(0)

  const twice = await cpm('init packages/other --name hello --json')
  expect(twice.json.error).toMatchObject({
    code: 'USAGE',
    message: 'packages/hello/colony.yaml of the workspace already has the name hello',
  })
  expect((await cpm('init elsewhere')).stdout).toContain('elsewhere is not a member of the workspace')
  expect((await cpm('init packages/inner --workspace --json')).json.error?.code).toBe('MANIFEST_INVALID')
})
