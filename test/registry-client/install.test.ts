import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'

test.each([
  ['an API', './'],
  ['only static files', null],
])('installs, updates and verifies from a registry with %s', async (_what, api) => {
  await using rig = await Rig.create()
  await rig.publish(['a@1.0.0', { dependencies: { '@org/b': '^1.0.0' } }], '@org/b@1.0.0')
  await using server = await RegistryServer.open(rig.registry, { api, prefix: '/some/place/' })
  const env = { CPM_REGISTRY: server.url.slice(0, -1) }
  const project = rig.project({ dependencies: { a: '*' } })
  const first = await rig.cpm('install --json', { cwd: project, env })
  expect([first.code, first.stderr]).toEqual([0, ''])
  expect((await rig.cpm('verify', { cwd: project, env })).code).toBe(0)
  expect(server.asked.every(({ headers }) => /^cpm\/\d/.test(headers['user-agent'] ?? ''))).toBe(true)

  // Only the unknown rest of an index is requested.
  await rig.publish('a@1.1.0')
  const seen = server.asked.length
  const added = await rig.cpm('install a@1.1.0 @org/b --json', { cwd: rig.project(), env })
  expect(added.stdout).toContain('1.1.0')
  const again = server.asked.slice(seen).filter(({ url }) => url.includes('/index/'))
  expect(again.map(({ headers }) => headers.range?.startsWith('bytes='))).toEqual([true, true])
  expect(server.asked.slice(seen).filter(({ url }) => url.endsWith('.cpm'))).toHaveLength(1)
})
