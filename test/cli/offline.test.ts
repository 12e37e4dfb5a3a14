import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

test('--offline resolves and installs from local copies, and makes no requests', async () => {
  await using rig = await Rig.create()
  await rig.publish(['a@1.0.0', { dependencies: { b: '^1.0.0' } }], 'b@1.0.0', 'c@1.0.0')
  const manifest = { dependencies: { a: '*' } }
  const server = await serve(rig)
  const env = { CPM_REGISTRY: server.url }
  const install = async (project: string, line = 'install --offline') => {
    const { code, json } = await rig.cpm(`${line} --json`, { cwd: project, env })
    return [code, json.error?.code]
  }
  const never = rig.project(manifest)
  expect(await install(never)).toEqual([8, 'REGISTRY_UNREACHABLE'])
  const project = rig.project(manifest)
  expect(await install(project, 'install')).toEqual([0, undefined])
  await server[Symbol.asyncDispose]()

  // The server is gone, so it can't have answered.
  expect(await install(rig.project(manifest), 'install')).toEqual([8, 'REGISTRY_UNREACHABLE'])
  expect(await install(project)).toEqual([0, undefined])
  const other = rig.project(manifest)
  expect(await install(other)).toEqual([0, undefined])
  const lock = (folder: string) => fs.readFileSync(path.join(folder, 'colony.lock'), 'utf8')
  expect(lock(other)).toBe(lock(project))
  expect((await rig.cpm('verify', { cwd: other, env })).code).toBe(0)
  // A package that was never seen is unknown, which differs from nonexistent.
  expect(await install(rig.project({ dependencies: { c: '*' } }))).toEqual([8, 'REGISTRY_UNREACHABLE'])
  // Still remembered, but no longer on this machine.
  fs.rmSync(rig.store, { recursive: true })
  expect(await install(other)).toEqual([8, 'REGISTRY_UNREACHABLE'])
})

test('--offline chooses among the versions on this machine, and explains why not others', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const server = await serve(rig)
  await using _ = server
  const env = { CPM_REGISTRY: server.url }
  const manifest = { dependencies: { a: '*' } }
  expect((await rig.cpm('install', { cwd: rig.project(manifest), env })).code).toBe(0)
  await rig.publish('a@1.1.0')
  // reads only its index
  expect((await rig.cpm('resolve', { cwd: rig.project(manifest), env })).stdout).toContain('a 1.1.0')
  const { json } = await rig.cpm('install --offline --json', { cwd: rig.project(manifest), env })
  expect(json.data).toMatchObject({ packages: [{ name: 'a', version: '1.0.0' }] })
  const newer = await rig.cpm('install --offline --json', { cwd: rig.project({ dependencies: { a: '^1.1.0' } }), env })
  expect(newer.json.error).toMatchObject({
    code: 'NO_SOLUTION',
    message: expect.stringContaining('1.1.0 is not on this machine, and cpm is offline') as string,
  })
})

test('an up-to-date project makes no requests to a registry', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const project = rig.project({ dependencies: { a: '*' } })
  const server = await serve(rig)
  const env = { CPM_REGISTRY: server.url }
  expect((await rig.cpm('install', { cwd: project, env })).code).toBe(0)
  await server[Symbol.asyncDispose]()
  for (const line of ['install', 'install --frozen', 'ci', 'verify', 'list'])
    expect((await rig.cpm(line, { cwd: project, env })).code, line).toBe(0)
})
