import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Rig } from '../../rig/rig.ts'

let rig: Rig
const rigs: Rig[] = []
let root: string
beforeEach(async () => {
  rig = await Rig.create()
  rigs.push(rig)
  root = rig.project({ workspace: { members: ['packages/*'] } })
  put('packages/app', { name: 'app', dependencies: { web: '*' } })
  put('packages/web', { name: 'web', version: '1.0.0', dependencies: { lib: '^1.0.0' } })
  put('packages/lib', { name: 'lib', version: '1.0.0', devDependencies: { web: '*' }, dependencies: { core: '*' } })
  put('packages/core', { name: 'core', version: '1.0.0' })
})
afterAll(async () => {
  for (const each of rigs) await each[Symbol.asyncDispose]()
})

function put(folder: string, manifest: Record<string, unknown>): void {
  const files = { 'colony.yaml': stringify({ apiVersion: 'v1', ...manifest }), 'README.md': '# A package\n' }
  rig.write(files, path.join(root, folder))
}

async function cpm(line: string, folder = '.') {
  return (await rig.cpm(`${line} --json`, { cwd: path.join(root, folder) })).json
}

async function publish(options = '', folder?: string) {
  const { data, error } = await cpm(`publish --workspace ${options}`, folder)
  if (error) throw new Error(`${error.code} ${error.message}`)
  const { packages, ...rest } = data as { packages: { name: string }[]; alreadyPublished: { name: string }[] }
  return { ...rest, packages: packages.map(({ name }) => name), already: rest.alreadyPublished.map(({ name }) => name) }
}

function published(): string[] {
  const index = path.join(rig.registry, 'index')
  return fs.existsSync(index) ? fs.readdirSync(index).sort() : []
}

describe('cpm publish --workspace', () => {
  test('publishes what has a version, each after what it depends on', async () => {
    expect(await publish('--dry-run')).toMatchObject({
      packages: ['core', 'lib', 'web'],
      withoutVersion: ['.', 'packages/app'],
    })
    expect(published()).toEqual([])
    expect(await publish('', 'packages/web')).toMatchObject({ packages: ['core', 'lib', 'web'], already: [] })
    expect(published()).toEqual(['core', 'lib', 'web'])
  })

  test('publishes later only versions that are not published yet', async () => {
    await publish()
    expect(await publish()).toMatchObject({ packages: [], already: ['core', 'lib', 'web'] })
    put('packages/lib', { name: 'lib', version: '1.1.0', dependencies: { core: '*' } })
    expect(await publish()).toMatchObject({ packages: ['lib'], already: ['core', 'web'] })
  })

  test('warns about a published version whose folder has changed', async () => {
    await publish()
    rig.write({ 'README.md': '# Another text\n' }, path.join(root, 'packages/core'))
    const { stderr } = await rig.cpm('publish --workspace', { cwd: root })
    expect(stderr).toContain('core@1.0.0 is already published, and packages/core has other contents now')
    expect(stderr).not.toContain('lib@1.0.0 is already published')
  })

  test('checks all of them before it publishes the first', async () => {
    put('packages/web', { name: 'web', version: '1.0.0', dependencies: { lib: 'path:../lib' } })
    expect((await cpm('publish --workspace')).error).toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('web has a path dependency on lib') as string,
    })
    put('packages/web', { name: 'web', version: '1.0.0', keyword: [] })
    expect((await cpm('publish --workspace')).error?.message).toContain('unknown key keyword')
    put('packages/web', { name: 'web', version: '1.0.0' })
    rig.write({ '.env': 'PASSWORD=hunter2hunter2\n' }, path.join(root, 'packages/web'))
    expect((await cpm('publish --workspace')).error?.code).toBe('PACK_REFUSED')
    expect(published()).toEqual([])
  })

  test('a filter leaves no dependency unpublished', async () => {
    expect((await cpm('publish --filter web')).error).toMatchObject({
      code: 'PACKAGE_NOT_FOUND',
      message: 'web depends on lib ^1.0.0, which is not published',
      hint: 'publish it first, or together: --filter lib',
    })
    expect(await publish('--filter core --filter lib')).toMatchObject({ packages: ['core', 'lib'] })
    expect(await publish('--filter web')).toMatchObject({ packages: ['web'] })
  })

  test('says which member has no version, and refuses folders', async () => {
    expect((await cpm('publish --filter app')).error).toMatchObject({
      message: 'packages/app/colony.yaml has no version, so there is nothing to publish',
    })
    expect((await cpm('publish packages/web --workspace')).error?.code).toBe('USAGE')
    expect((await cpm('publish --workspace', '../')).error?.code).toMatch(/PROJECT_NOT_FOUND|USAGE/)
  })

  test('what it publishes installs without the workspace', async () => {
    await publish()
    const project = rig.project({ dependencies: { web: '*' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    for (const name of ['web', 'lib', 'core'])
      expect(rig.read(path.join(project, 'colony_packages', name, 'colony.yaml'))).not.toMatch(/path:|\.\.\//)
  })
})

test('members of several registries: a failure says how far it came, and the same command continues', async () => {
  const work = await Rig.create()
  rigs.push(work)
  await work.publish('@work/web@0.1.0')
  const registry = { registries: { work: { url: work.registry } }, scopes: { '@work': 'work' } }
  rig.write({ 'colony.config.json': JSON.stringify({ registry }) }, root)
  put('packages/web', { name: '@work/web', version: '1.0.0', dependencies: { lib: '^1.0.0' } })
  put('packages/app', { name: 'app', version: '1.0.0', dependencies: { '@work/web': '*' } })
  put('packages/lib', { name: 'lib', version: '1.0.0', dependencies: { core: '*' } })

  const { error } = await cpm('publish --workspace')
  expect(error).toMatchObject({
    code: 'OWNER_MISMATCH',
    details: { published: ['core@1.0.0', 'lib@1.0.0'], notPublished: ['@work/web@1.0.0', 'app@1.0.0'] },
  })
  expect(error?.message).toMatch(/\npublished: core@1.0.0, lib@1.0.0\nnot published: @work\/web@1.0.0, app@1.0.0$/)

  const [mine] = ((await cpm('key list')).data as { keys: { id: string }[] }).keys
  expect((await work.cpm(['owner', 'add', '@work/web', mine?.id ?? ''])).code).toBe(0)
  expect(await publish()).toMatchObject({ packages: ['@work/web', 'app'], already: ['core', 'lib'] })
})

test('the root of a workspace is packed without its members', async () => {
  put('.', { name: 'suite', version: '1.0.0', workspace: { members: ['packages/*', 'packages/web/plugins/x'] } })
  put('packages/web/plugins/x', { name: 'x' })
  const { data } = await cpm('pack --dry-run')
  expect(data).toMatchObject({ files: ['README.md', 'colony.yaml'] })
  expect((data as { leftOut: unknown[] }).leftOut).toContainEqual({ path: 'packages/web/', by: 'workspace' })
  const inner = (await cpm('pack --dry-run', 'packages/web')).data
  expect(inner).toMatchObject({
    files: ['README.md', 'colony.yaml'],
    leftOut: [{ path: 'plugins/x/', by: 'workspace' }],
  })
})
