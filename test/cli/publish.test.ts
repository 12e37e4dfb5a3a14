import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import publishing from '../../src/cli/commands/package/publish.ts'
import { Rig } from '../rig/rig.ts'
import { runCommand } from '../rig/run-command.ts'
import { RegistryServer } from '../rig/registry-server.ts'
import { type RunningServe, serve } from '../rig/serve.ts'

let rig: Rig
let house: RunningServe
let houseFolder: string

/** A machine whose settings map `@acme` to a company registry, and everything else to another one. */
beforeAll(async () => {
  rig = await Rig.create()
  houseFolder = rig.path('house')
  house = await serve(rig, { root: houseFolder })
  const registry = { registries: { house: { url: house.url } }, scopes: { '@acme': 'house' } }
  rig.write({ 'config.json': JSON.stringify({ registry }) }, rig.home)
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

function publish(sources: readonly string[], env: Record<string, string> = {}) {
  return rig.cpm(['publish', ...sources, '--json'], { env: { CPM_TOKEN: house.token, ...env } })
}

async function archive(id: string): Promise<string> {
  const file = rig.path(`${id.replace('/', '+')}.cpm`)
  expect((await rig.cpm(['pack', rig.package(id), '-o', file])).code).toBe(0)
  return file
}

test('an error about an archive names its file', async () => {
  rig.write({ 'notes.txt': 'these are only a few words, not an archive' })
  const { json } = await publish([rig.path('notes.txt')])
  expect(json.error).toMatchObject({
    code: 'ARCHIVE_INVALID',
    message: `${rig.path('notes.txt')}: the archive is not a gzip file`,
  })
})

describe('publishing to the registry that a name belongs to', () => {
  test.each([
    ['a folder', (id: string) => Promise.resolve(rig.package(id))],
    ['an archive', archive],
  ])('uses it for %s, whatever the default registry is', async (kind, make) => {
    await using other = await RegistryServer.open(rig.registry, { api: './' })
    const name = `@acme/${kind.split(' ')[1] ?? ''}`
    const source = await make(`${name}@1.0.0`)
    const { code, stdout, json } = await publish([source], { CPM_REGISTRY: other.url })
    expect(code, stdout).toBe(0)
    expect(json.data).toMatchObject({ registry: house.registry, packages: [{ name, outcome: 'published' }] })
    expect(fs.existsSync(path.join(houseFolder, 'index', name))).toBe(true)
    // The other registry gets no request.
    expect(other.asked).toEqual([])
    expect(
      (await rig.cpm(['publish', source, '--registry', other.url], { env: { CPM_TOKEN: house.token } })).code,
    ).toBe(0)
    expect(other.asked).toEqual([])
  })

  test('uses the default one for a package without a scope', async () => {
    const { code, json } = await publish([rig.package('open@1.0.0')])
    expect(code).toBe(0)
    expect(json.data).toMatchObject({ place: rig.registry })
    expect(fs.existsSync(path.join(houseFolder, 'index/open'))).toBe(false)
  })

  test('refuses packages of different registries together, and publishes none', async () => {
    const sources = [rig.package('@acme/mixed@1.0.0'), await archive('mixed@1.0.0')]
    const { code, json } = await publish(sources)
    expect([code, json.error?.code]).toEqual([2, 'USAGE'])
    expect(json.error?.message).toContain(`@acme/mixed to ${house.url}`)
    expect(json.error?.message).toContain(`mixed to ${rig.registry}`)
    expect(json.error?.hint).toBe('run one command for each registry')
    for (const folder of [houseFolder, rig.registry])
      for (const name of ['@acme/mixed', 'mixed'])
        expect(fs.existsSync(path.join(folder, 'index', name)), `${name} in ${folder}`).toBe(false)
  })
})

test("a broken package is neither packed nor published, but one that can't be checked here is", async () => {
  const workflow = (node: string) => `kind: Workflow\nfunctions:\n  - ${node}\n`
  const broken = rig.package('broken@1.0.0', {
    files: {
      'workflows/main.yaml': workflow(
        "{ nodename: a, funcname: f, args: ['${inputs.size}'], conditions: { executortype: x } }",
      ),
    },
  })
  const place = path.join(path.relative(rig.root, broken), 'workflows/main.yaml')
  for (const words of [
    ['publish', broken],
    ['pack', broken, '-o', rig.path('broken.cpm')],
  ]) {
    const refused = await rig.cpm([...words, '--json'])
    expect(refused.json.error, words[0]).toMatchObject({
      code: 'MANIFEST_INVALID',
      message: `broken@1.0.0 has 1 error:\n  ${place}:3:50 there is no input size`,
    })
  }
  expect([rig.path('broken.cpm'), path.join(rig.registry, 'index', 'broken')].filter((file) => fs.existsSync(file))).toEqual([]) // prettier-ignore

  const outer = rig.package('outer@1.0.0', {
    dependencies: { inner: '*' },
    files: { 'workflows/main.yaml': workflow('{ $include: inner }') },
  })
  const { code, stderr } = await rig.cpm(['pack', outer, '-o', rig.path('outer.cpm')])
  expect([code, stderr]).toEqual([0, expect.stringContaining('outer@1.0.0 could not be fully checked: inner is not')])
})

test('a missing registry is refused before the packages are checked', async () => {
  const secret = rig.package('secret@1.0.0', { files: { '.env': 'TOKEN=1' } })
  const missing = rig.path('missing')
  const refused = await rig.cpm(['publish', secret, '--registry', missing, '--json'])
  expect(refused.json.error).toMatchObject({
    code: 'REGISTRY_INVALID',
    message: `there is no registry at ${missing}: the folder does not exist`,
  })
  expect((await rig.cpm(['publish', secret, '--json'])).json.error?.code).toBe('PACK_REFUSED')
})

describe('the tests of a package', () => {
  const withTests = (says: string) => ({
    functions: [{ executortype: 'x', name: 'f', command: ['sh'] }],
    files: {
      'workflows/main.yaml':
        'kind: Workflow\nfunctions:\n  - { nodename: a, funcname: f, conditions: { executortype: x } }\n',
      'tests/main.yaml': `cases: [{ name: the node, assert: [{ 'functions[0].nodename': ${says} }] }]\n`,
    },
  })
  const place = () => ({ cwd: rig.root, env: rig.env })

  test('run before publication', async () => {
    const { events } = await runCommand(publishing, { sources: [rig.package('tested@1.0.0', withTests('a'))] }, place())
    expect(events).toContainEqual({ type: 'tested', name: 'tested', version: '1.0.0', tests: 1 })
  })

  test('prevent publication when they fail; skipping them gives a warning', async () => {
    const folder = rig.package('failing@1.0.0', withTests('b'))
    await expect(runCommand(publishing, { sources: [folder] }, place())).rejects.toMatchObject({
      code: 'TESTS_FAILED',
      message: expect.stringContaining('functions[0].nodename should be "b", but it is "a"') as string,
    })
    expect(fs.existsSync(path.join(rig.registry, 'index/failing'))).toBe(false)
    const { value, events } = await runCommand(publishing, { sources: [folder], test: false }, place())
    expect(value.packages).toMatchObject([{ name: 'failing', outcome: 'published' }])
    expect(events).toContainEqual({ type: 'warning', code: 'TESTS_SKIPPED', message: 'the tests of failing@1.0.0 are not run (--no-test)' }) // prettier-ignore
  })
})

test('a dry run shows what would be published, without creating a key, a registry or a version', async () => {
  await using machine = await Rig.create()
  const place = { cwd: machine.root, env: machine.env }
  const folder = machine.package('a@1.0.0')
  const { value, shown } = await runCommand(publishing, { sources: [folder], dryRun: true }, place)
  expect(value.packages).toMatchObject([{ name: 'a', outcome: 'published', files: 2 }])
  expect(shown).toContain('1 package would be published in ')
  expect([machine.registry, path.join(machine.home, 'keys')].filter((file) => fs.existsSync(file))).toEqual([])

  const env = { ...machine.env, CPM_SIGNING_KEY: '07'.repeat(32) }
  await runCommand(publishing, { sources: [folder] }, { ...place, env })
  const again = await runCommand(publishing, { sources: [folder], dryRun: true }, place)
  expect(again.value.packages).toMatchObject([{ outcome: 'unchanged' }])
  machine.write({ 'new.txt': 'x' }, folder)
  await expect(runCommand(publishing, { sources: [folder], dryRun: true }, place)).rejects.toMatchObject({
    code: 'VERSION_EXISTS',
  })
})
