import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

let rig: Rig

beforeAll(async () => {
  rig = await Rig.create()
})
afterAll(() => rig[Symbol.asyncDispose]())

async function usage(words: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, json } = await rig.cpm([...words, '--json'], { cwd: rig.project(), env })
  expect([code, json.error?.code], words.join(' ')).toEqual([2, 'USAGE'])
  return json.error?.message ?? ''
}

describe('an invalid argument', () => {
  test.each([
    ['serve token create --expires soon', '--expires: must be a number'],
    ['serve token create --expires 1.5', '--expires: must be a whole number'],
    ['serve token create --expires 999', '--expires: must be at most 365'],
    ['serve token create --scope all', '--scope: must be one of read, publish, yank, owner'],
    ['submit --engine local --timeout 0', '--timeout: must be more than 0'],
    ['search --limit 0', '--limit: must be at least 1'],
    [`yank a@1.0.0 --reason ${'x'.repeat(1025)}`, '--reason: must have at most 1024 characters'],
    ['path Up', 'name: a package name consists of a-z, 0-9 and -'],
  ])("is rejected in cpm's own words: %s", async (line, message) => {
    expect(await usage(line.split(' '))).toContain(message)
  })

  test.each([
    [['install', '--registry', ''], '--registry'],
    [['serve', 'token', 'list', '--root', ''], '--root'],
    [['serve', '--root', ''], '--root'],
    [['publish', ''], 'sources'],
    [['pack', ''], 'dir'],
  ])('does not mean the working folder if it is empty: %j', async (words, name) => {
    expect(await usage(words)).toBe(`${name}: is empty`)
  })
})

describe('a registry that does not exist', () => {
  test('may be a misspelled name, so the message lists the known ones and their sources', async () => {
    const ask = () => rig.cpm('search --json --registry hous')
    const nothing = await ask()
    expect([nothing.code, nothing.json.error?.code]).toEqual([8, 'REGISTRY_INVALID'])
    expect(nothing.json.error?.message).toContain(`no registry at ${path.join(rig.root, 'hous')}`)
    expect(nothing.json.error?.hint).toContain('registry.registries')
    const registries = { house: { url: rig.path('house') }, attic: { url: rig.path('attic') } }
    rig.write({ 'config.json': JSON.stringify({ registry: { registries } }) }, rig.home)
    const { error } = (await ask()).json
    fs.rmSync(path.join(rig.home, 'config.json'))
    expect(error?.message).toContain('did you mean house?')
    expect(error?.hint).toContain('house, attic')
  })

  test.each([
    ['ci', 'REGISTRY_UNKNOWN'],
    ['install', 'REGISTRY_UNKNOWN'],
    ['install b', 'REGISTRY_INVALID'],
    ['search', 'REGISTRY_INVALID'],
    ['info a', 'REGISTRY_INVALID'],
    ['owner list a', 'REGISTRY_INVALID'],
    ['yank a@1.0.0', 'REGISTRY_INVALID'],
  ])('is not created by cpm %s, which says what to pass instead', async (line, error) => {
    await using machine = await Rig.create()
    await using author = await Rig.create()
    await author.publish('a@1.0.0')
    const project = author.project({ dependencies: { a: '*' } })
    expect((await author.cpm('install', { cwd: project })).code).toBe(0)
    const { code, json } = await machine.cpm(`${line} --json`, { cwd: project })
    expect([code, json.error?.code]).toEqual([8, error])
    expect(json.error?.hint).toContain('--registry')
    expect(fs.existsSync(machine.registry)).toBe(false)
  })
})

test('an error without a hint names its help page', async () => {
  const project = rig.project()
  rig.write({ 'colony.lock': 'no lock' }, project)
  const { stderr, code } = await rig.cpm('install', { cwd: project })
  expect(code).toBe(1)
  expect(stderr).toContain('  hint: cpm help LOCK_INVALID')
  const { json } = await rig.cpm(['publish', rig.package('k@1.0.0'), '--json'], { env: { CPM_SIGNING_KEY: 'none' } })
  expect(json.error).toMatchObject({ code: 'KEY_INVALID', hint: expect.any(String) as string })
})

test.each([
  ['install hello@', '"hello@": write a version range after @, such as hello@^1.0.0'],
  ['owner add a abc', '"abc" is not a key id: write its 64 hex digits'],
  ['key trust abc --for a', '"abc" is not a key id: write its 64 hex digits'],
  ['deprecate a@1.0.0', 'pass --reason or --replacement, or --undo alone'],
  ['deprecate a@1.0.0 --undo --reason x', 'pass --reason or --replacement, or --undo alone'],
  [
    'context add lab --server http://127.0.0.1:7 --key-file k --ask-key',
    'use only one of --key-file, --key-stdin and --ask-key',
  ],
  ['login ftp://user:hunter2@reg.example/x', "the registry's URL ftp://reg.example/x is not an http or https URL"],
  ['ci', 'there is no colony.lock, and this command must not create one'],
])('cpm %s says what to change', async (line, message) => {
  const { json } = await rig.cpm(`${line} --json`, { cwd: rig.project({ dependencies: {} }) })
  expect(json.error?.message).toBe(message)
})

test('the help of --no-frozen says what it allows', async () => {
  expect((await rig.cpm('install --help')).stdout).toMatch(/--no-frozen +allow colony\.lock to change, even in CI/)
})
