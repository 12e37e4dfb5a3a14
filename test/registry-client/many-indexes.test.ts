import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Relay } from '../rig/relay.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']

/** Returns the names whose indexes were requested one by one, in order. */
function indexesIn(sent: string): string[] {
  return [...sent.matchAll(/GET \/index\/(\S+) HTTP/g)].map(([, name = '']) => name)
}

/** Returns the names whose indexes were requested together, for each request. */
function batchesIn(sent: string): string[][] {
  return [...sent.matchAll(/POST \/api\/v1\/indexes HTTP[^{]*(\{[^}]*\})/g)].map(
    ([, body = '']) => (JSON.parse(body) as { names: string[] }).names,
  )
}

test('many unknown indexes are read by one request, and of many known ones only those that have changed', async () => {
  await using rig = await Rig.create()
  await rig.publish(...NAMES.map((name) => `${name}@1.0.0`), 'new@1.0.0')
  await using server = await serve(rig)
  await using relay = await Relay.open({ to: { host: '127.0.0.1', port: server.port } })
  const env = { CPM_REGISTRY: `http://127.0.0.1:${relay.port}/` }
  const cwd = rig.project({ dependencies: Object.fromEntries(NAMES.map((name) => [name, '^1'])) })
  expect((await rig.cpm('install', { cwd, env })).code).toBe(0)
  expect(batchesIn(relay.sent)).toEqual([NAMES])
  expect(indexesIn(relay.sent)).toEqual([])

  await rig.publish('c@1.1.0')
  relay.sent = ''
  expect((await rig.cpm('install new', { cwd, env })).code).toBe(0)
  expect(new Set(indexesIn(relay.sent))).toEqual(new Set(['c', 'new']))
  expect(batchesIn(relay.sent)).toEqual([])

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

test('the dependencies of many packages are requested together, level by level', async () => {
  await using rig = await Rig.create()
  const level = (letter: string) => NAMES.map((name) => `${letter}-${name}`)
  await rig.publish(...level('z').map((name) => `${name}@1.0.0`))
  for (const [own, other] of ['yz', 'xy'])
    await rig.publish(
      ...level(own ?? '').map((name, n): [string, Record<string, unknown>] => [
        `${name}@1.0.0`,
        { dependencies: { [`${other}-${NAMES[n] ?? ''}`]: '^1' } },
      ]),
    )
  await using server = await serve(rig)
  await using relay = await Relay.open({ to: { host: '127.0.0.1', port: server.port } })
  const cwd = rig.project({ dependencies: Object.fromEntries(level('x').map((name) => [name, '^1'])) })
  const { code, stderr } = await rig.cpm('install', { cwd, env: { CPM_REGISTRY: `http://127.0.0.1:${relay.port}/` } })
  expect(code, stderr).toBe(0)
  expect(batchesIn(relay.sent)).toEqual([level('x'), level('y'), level('z')])
  expect(indexesIn(relay.sent)).toEqual([])
})

test.each([
  ['another digest', (text: string) => text.replaceAll(/"tag":"blake3-[0-9a-f]{6}/g, '"tag":"blake3-000000')],
  ['no digest', (text: string) => text.replaceAll('"tag":"blake3-', '"tag":"\\r\\n---')],
])('what a server sends with a tag of %s, or does not send, is requested again by itself', async (_, answer) => {
  await using rig = await Rig.create()
  await rig.publish(...NAMES.map((name) => `${name}@1.0.0`))
  await using server = await serve(rig)
  await using relay = await Relay.open({
    to: { host: '127.0.0.1', port: server.port },
    // The tags of the batch are replaced by others of the same length; those of single indexes are in headers.
    answer,
  })
  const cwd = rig.project({ dependencies: Object.fromEntries([...NAMES, 'none'].map((name) => [name, '*'])) })
  const { code, stderr } = await rig.cpm('install', { cwd, env: { CPM_REGISTRY: `http://127.0.0.1:${relay.port}/` } })
  expect(stderr).toContain('none')
  expect(code).toBe(7)
  expect(batchesIn(relay.sent).length).toBe(1)
  expect(new Set(indexesIn(relay.sent))).toEqual(new Set([...NAMES, 'none']))
})

test('indexes that are too large to send together are read one by one', async () => {
  await using rig = await Rig.create()
  await rig.publish(...NAMES.map((name) => `${name}@1.0.0`))
  const large = 9 * 1024 * 1024
  for (const name of ['a', 'b']) fs.appendFileSync(path.join(rig.registry, 'index', name), `${'x'.repeat(large)}\n`)
  await using server = await serve(rig)
  const response = await fetch(`${server.url}/api/v1/indexes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ names: [...NAMES, 'none'] }),
  })
  const { indexes } = (await response.json()) as { indexes: Record<string, { text: string; tag: string }> }
  expect(Object.keys(indexes)).toEqual(['a', 'c', 'd', 'e', 'f'])
  expect(indexes.c?.text).toBe(fs.readFileSync(path.join(rig.registry, 'index', 'c'), 'utf8'))
  const single = await fetch(`${server.url}/index/c`)
  expect(single.headers.get('etag')).toBe(`"${indexes.c?.tag ?? ''}"`)
})
