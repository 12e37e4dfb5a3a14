import fs from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RegistryServer } from '../rig/registry-server.ts'
import { Rig } from '../rig/rig.ts'

let rig: Rig
let machines = 0

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0')
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Keeps every line valid and of the same length, but with a tree other than the signed one. */
function lie(bytes: Buffer): Buffer {
  const reversed = (_: string, tree: string) => `"tree":"blake3:${Buffer.from(tree).reverse().toString()}"`
  return Buffer.from(bytes.toString().replace(/"tree":"blake3:(.{64})"/g, reversed))
}

/** Creates a separate machine, which shares only the registry. */
function machine(url: string) {
  const home = rig.path(`machine-${++machines}`)
  const env = { CPM_HOME: home, CPM_REGISTRY: url }
  rig.write({ [`${home}/config.json`]: JSON.stringify({ network: { retries: 0 } }) }, '/')
  const project = rig.project()
  return {
    install: async (what: string) => await rig.cpm(`install ${what} --json`, { cwd: project, env }),
    run: async (command: string) => await rig.cpm(`${command} --json`, { cwd: project, env }),
  }
}

test('one false index makes only one command fail', async () => {
  await using server = await RegistryServer.open(rig.registry)
  const { install } = machine(server.url)
  server.edit = (key, bytes) => (key === 'index/a' ? lie(bytes) : bytes)
  expect((await install('a')).json.error?.code).toBe('ENVELOPE_INVALID')
  server.edit = (_, bytes) => bytes
  const { code, stdout, stderr } = await install('a')
  expect(code, stdout).toBe(0)
  expect(stderr).toContain("warning: the index of a doesn't continue the one seen before")
  expect((await install('a')).stderr).toBe('')
})

test('a false index with the ETag of the true one is not used again', async () => {
  await using server = await RegistryServer.open(rig.registry)
  const { install } = machine(server.url)
  server.act = ({ endpoint, good, send }) => {
    const { etag: _, ...headers } = good.headers
    send(endpoint === 'index' ? { ...good, headers: { ...headers, etag: '"1"' }, body: lie(good.body) } : good)
  }
  expect((await install('a')).code).toBe(5)
  server.act = ({ asked, endpoint, good, send }) => {
    const isKnown = endpoint === 'index' && asked.headers['if-none-match'] === '"1"'
    send(isKnown ? { status: 304, headers: { etag: '"1"' }, body: Buffer.alloc(0) } : good)
  }
  expect((await install('a')).code).toBe(0)
})

test('a false line for a new version is forgotten, but the proven part is not', async () => {
  await using server = await RegistryServer.open(rig.registry)
  const { install, run } = machine(server.url)
  expect((await install('a@1.0.0')).code).toBe(0)
  const first = fs.readFileSync(`${rig.registry}/index/a`)
  await rig.publish('a@1.1.0')
  const added = (bytes: Buffer) => Buffer.concat([first, lie(bytes.subarray(first.length))])
  server.edit = (key, bytes) => (key === 'index/a' ? added(bytes) : bytes)
  expect((await run('outdated')).code).toBe(3)
  expect((await install('a@1.1.0')).json.error?.code).toBe('ENVELOPE_INVALID')
  server.edit = (key, bytes) => (key === 'index/a' ? lie(bytes) : bytes)
  expect((await install('a@1.1.0')).json.error?.code).toBe('INDEX_REWRITTEN')
  server.edit = (_, bytes) => bytes
  const { code, stdout } = await install('a@1.1.0')
  expect(code, stdout).toBe(0)
  // Now the whole index is proven, and later ones must continue it.
  server.edit = (key, bytes) => (key === 'index/a' ? first : bytes)
  expect((await install('a')).json.error?.code).toBe('INDEX_REWRITTEN')
})

test('one false index in a folder registry also makes only one command fail', async () => {
  const { install } = machine(rig.registry)
  const index = `${rig.registry}/index/a`
  const whole = fs.readFileSync(index)
  fs.writeFileSync(index, lie(whole))
  expect((await install('a')).json.error?.code).toBe('ENVELOPE_INVALID')
  fs.writeFileSync(index, whole)
  expect((await install('a')).code).toBe(0)
})
