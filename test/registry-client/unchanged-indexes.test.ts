import { expect, test } from 'vitest'
import { Relay } from '../rig/relay.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']

/** Returns the names whose indexes were requested, in order. */
function indexesIn(sent: string): string[] {
  return [...sent.matchAll(/GET \/index\/(\S+) HTTP/g)].map(([, name = '']) => name)
}

test('of many known indexes, only those that have changed are read again', async () => {
  await using rig = await Rig.create()
  await rig.publish(...NAMES.map((name) => `${name}@1.0.0`), 'new@1.0.0')
  await using server = await serve(rig)
  await using relay = await Relay.open({ to: { host: '127.0.0.1', port: server.port } })
  const env = { CPM_REGISTRY: `http://127.0.0.1:${relay.port}/` }
  const cwd = rig.project({ dependencies: Object.fromEntries(NAMES.map((name) => [name, '^1'])) })
  expect((await rig.cpm('install', { cwd, env })).code).toBe(0)
  expect(new Set(indexesIn(relay.sent))).toEqual(new Set(NAMES))

  await rig.publish('c@1.1.0')
  relay.sent = ''
  expect((await rig.cpm('install new', { cwd, env })).code).toBe(0)
  expect(new Set(indexesIn(relay.sent))).toEqual(new Set(['c', 'new']))

  // Nothing was installed from the changed index yet, so it is not proven.
  for (const read of [['c'], []]) {
    relay.sent = ''
    expect((await rig.cpm('update', { cwd, env })).code).toBe(0)
    expect(indexesIn(relay.sent)).toEqual(read)
  }
  const listed = (await rig.cpm('list --json', { cwd, env })).json.data as {
    packages: { name: string; version: string }[]
  }
  expect(listed.packages.find(({ name }) => name === 'c')?.version).toBe('1.1.0')
})
