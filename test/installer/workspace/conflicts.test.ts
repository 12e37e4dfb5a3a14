import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Rig } from '../../rig/rig.ts'

const rig = await Rig.create()
await rig.publish('codec@1.0.0', 'codec@2.0.0', ['image@1.0.0', { dependencies: { codec: '^1.0.0' } }])
afterAll(() => rig[Symbol.asyncDispose]())

let root: string
beforeEach(() => {
  root = rig.project({ workspace: { members: ['packages/*'] } })
})

function put(folder: string, manifest: Record<string, unknown>): void {
  rig.write({ [`${folder}/colony.yaml`]: stringify({ apiVersion: 'v1', ...manifest }) }, root)
}

async function failed(line: string, folder = '.') {
  const { json } = await rig.cpm(`${line} --json`, { cwd: path.join(root, folder) })
  if (!json.error) throw new Error(`cpm ${line} did not fail`)
  return json.error
}

describe('members that have no common solution', () => {
  test('are named, with their folders and what to change in which', async () => {
    put('packages/app', { name: 'app', version: '1.0.0', dependencies: { codec: '^1.0.0' } })
    put('packages/web', { name: '@acme/web', dependencies: { codec: '^2.0.0' } })
    const { code, message, hint } = await failed('install')
    expect({ code, message, hint }).toMatchInlineSnapshot(`
      {
        "code": "NO_SOLUTION",
        "hint": "to fix it: require codec ^2.0.0 instead of ^1.0.0 in packages/app",
        "message": "Because the workspace has app 1.0.0 and @acme/web, @acme/web depends on codec ^2.0.0, and app 1.0.0 depends on codec ^1.0.0, no choice of versions works.

      In this workspace, app is packages/app and @acme/web is packages/web.",
      }
    `)
  })

  test('are named for what they need indirectly, and beside requirements of the root', async () => {
    put('.', { workspace: { members: ['packages/*'] }, dependencies: { codec: '^2.0.0' } })
    put('packages/app', { name: 'app', dependencies: { image: '*' } })
    const { message, hint } = await failed('install')
    expect({ message, hint }).toMatchInlineSnapshot(`
      {
        "hint": "to fix it: require codec ^1.0.0 instead of ^2.0.0 in colony.yaml; or remove image in packages/app",
        "message": "Because the workspace has codec ^2.0.0 and app, app depends on image, and image 1.0.0 depends on codec ^1.0.0, no choice of versions works.

      In this workspace, app is packages/app.",
      }
    `)
  })

  test('a misspelt name is found in the member that has it', async () => {
    put('packages/app', { name: 'app', dependencies: { codecs: '*' } })
    const { message, hint } = await failed('install')
    expect({ message, hint }).toMatchInlineSnapshot(`
      {
        "hint": "did you mean codec instead of codecs?",
        "message": "Because the workspace has app, app depends on codecs and there is no package named codecs, no choice of versions works.

      In this workspace, app is packages/app.",
      }
    `)
  })
})

describe('a member that another can not use', () => {
  test('because its version is not in the range', async () => {
    put('packages/app', { name: 'app', dependencies: { lib: '^2.0.0' } })
    put('packages/lib', { name: 'lib', version: '1.0.0' })
    expect(await failed('install')).toMatchObject({
      code: 'NO_SOLUTION',
      message: 'packages/app/colony.yaml requires lib ^2.0.0, but the workspace has lib 1.0.0 in packages/lib',
      hint: 'require lib ^1.0.0 in packages/app/colony.yaml',
    })
  })

  test('because it has no version', async () => {
    put('packages/app', { name: 'app', dependencies: { lib: '*' } })
    put('packages/lib', { name: 'lib' })
    expect(await failed('install')).toMatchObject({
      message: 'packages/app/colony.yaml requires lib *, but the member in packages/lib has no version',
      hint: 'add a line such as  version: 0.1.0  to packages/lib/colony.yaml',
    })
  })

  test('a release with the name of a member is never used instead', async () => {
    await rig.publish('secret-tools@9.0.0')
    put('packages/app', { name: 'app', dependencies: { 'secret-tools': '>=1.0.0' } })
    put('packages/tools', { name: 'secret-tools', version: '1.0.0' })
    expect((await rig.cpm('install', { cwd: root })).code).toBe(0)
    expect(JSON.parse(rig.read(path.join(root, 'colony.lock')))).toMatchObject({
      packages: { 'secret-tools': { path: 'packages/tools', version: '1.0.0' } },
    })
  })
})

describe('a manifest that does not fit into a workspace:', () => {
  test.each<[what: string, manifests: Record<string, Record<string, unknown>>, message: RegExp]>([
    [
      'no name',
      { 'packages/My Tool': {} },
      /^packages\/My Tool\/colony\.yaml has no name, which a member of a workspace needs/,
    ],
    [
      'two members of one name',
      { 'packages/a': { name: 'x' }, 'packages/b': { name: 'x' } },
      /^packages\/a\/colony\.yaml and packages\/b\/colony\.yaml have the same name, x/,
    ],
    [
      'the name of the root',
      { '.': { name: 'x', workspace: { members: ['packages/*'] } }, 'packages/b': { name: 'x' } },
      /^colony\.yaml and packages\/b\/colony\.yaml have the same name, x/,
    ],
    ['overrides', { 'packages/a': { name: 'a', overrides: { codec: '1.0.0' } } }, /a\/colony\.yaml has overrides/],
    [
      'another workspace',
      { 'packages/a': { name: 'a', workspace: { members: ['x'] } } },
      /^packages\/a is a member of the workspace .* and declares another one/,
    ],
    [
      'a typing mistake',
      { 'packages/a': { name: 'a', dependancies: {} } },
      /packages\/a\/colony\.yaml|unknown key dependancies/,
    ],
  ])('%s', async (_what, manifests, message) => {
    for (const [folder, manifest] of Object.entries(manifests)) put(folder, manifest)
    const error = await failed('install')
    expect(error.code).toBe('MANIFEST_INVALID')
    expect(error.message).toMatch(message)
  })

  test('a typing mistake in workspace: gets a suggestion', async () => {
    put('.', { workspace: { member: ['packages/*'] } })
    expect((await failed('install')).message).toContain('unknown key member; did you mean members?')
  })
})

test('the overrides of the root apply to all members', async () => {
  put('.', { workspace: { members: ['packages/*'] }, overrides: { codec: '2.0.0' } })
  put('packages/app', { name: 'app', dependencies: { image: '*' } })
  expect((await rig.cpm('install', { cwd: root })).code).toBe(0)
  expect(JSON.parse(rig.read(path.join(root, 'colony.lock')))).toMatchObject({
    packages: { codec: { version: '2.0.0' } },
  })
})
