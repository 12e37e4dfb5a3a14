import { expect, test } from 'vitest'
import { RegistryServer } from '../rig/registry-server.ts'
import { Rig } from '../rig/rig.ts'

test('indexes are requested before the resolver needs them', async () => {
  await using rig = await Rig.create()
  await rig.publish(
    ['a@1.0.0', { dependencies: { b: '*' } }],
    ['b@1.0.0', { dependencies: { c: '*' } }],
    'c@1.0.0',
    'z@1.0.0',
  )
  await using server = await RegistryServer.open(rig.registry)
  // z is sent once c is requested: a resolver that waits for a and z before it follows a's dependencies would hang.
  let release: () => void = () => undefined
  const asked = new Promise<void>((resolve) => (release = resolve))
  server.act = ({ asked: { url }, good, send }) => {
    if (url === '/index/c') release()
    if (url === '/index/z')
      void asked.then(() => {
        send(good)
      })
    else send(good)
  }
  rig.write({ 'home/config.json': JSON.stringify({ network: { timeout: 5, retries: 0 } }) })
  const project = rig.project({ dependencies: { a: '*', z: '*' } })
  const { code, stderr } = await rig.cpm('install', { cwd: project, env: { CPM_REGISTRY: server.url } })
  expect([code, stderr]).toEqual([0, expect.any(String)])
  // Each index once: a correct guess is not requested again.
  const indexes = server.asked.map(({ url }) => url).filter((url) => url.startsWith('/index/'))
  expect(indexes.sort()).toEqual(['/index/a', '/index/b', '/index/c', '/index/z'])
})
