import fs from 'node:fs'
import { expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { createEventFeed } from '../../src/operations/plugins/event-feed.ts'
import type { Hooks } from '../../src/plugins/hooks.ts'
import { Rig } from '../rig/rig.ts'
import { addPlugin, changeConfig } from './plugin-rig.ts'

const RECORDER = `
  permissions: { write: ['data'] },
  ...Object.fromEntries(
    ['onResolve', 'onVerify', 'onPreInstall', 'onPackageUpdate', 'on_pre_uninstall', 'onPostInstall', 'on_post_uninstall',
      'onPrePublish', 'onRender', 'onSubmit'].map((hook) => [
      hook,
      { required: true, run: (event, { data }) => fs.appendFileSync(data + '/log', JSON.stringify([hook, event]) + '\\n') },
    ]),
  ),
  onEvent: { events: ['resolved', 'node-finished'], run: ({ event }, { data }) =>
    fs.appendFileSync(data + '/log', JSON.stringify(['onEvent', { type: event.type }]) + '\\n') },`

type Recorded = [hook: string, event: { packages?: { name: string }[] | string[]; type?: string }]

function recorded(rig: Rig): string[] {
  const file = `${rig.home}/plugin-data/recorder/log`
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : []
  fs.rmSync(file, { force: true })
  return lines.map((line) => {
    const [hook, { packages, type }] = JSON.parse(line) as Recorded
    const names = packages?.map((each) => (typeof each === 'string' ? each : each.name)).join(',')
    return [hook, names ?? type].filter(Boolean).join(' ')
  })
}

test('every hook of a plugin runs, in order, around what people do', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'b@1.0.0', 'b@1.1.0')
  await addPlugin(rig, 'recorder', RECORDER)
  const cwd = rig.project({ dependencies: { a: '1.0.0', b: '1.0.0' } })
  const run = async (args: string, at = cwd) => {
    const { code, stderr } = await rig.cpm(args, { cwd: at })
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
    return recorded(rig)
  }
  const first = await run('install')
  expect(first.filter(isHook)).toEqual(['onResolve a,b', 'onPreInstall a,b', 'onPostInstall a,b'])
  expect(first).toContain('onEvent resolved')
  expect(await run('install')).toEqual([])
  expect(await run('ci')).toEqual(['onVerify a,b'])
  expect(await run('ci')).toEqual(['onVerify a,b'])
  expect(await run('verify')).toEqual(['onVerify a,b'])
  expect((await run('install b@^1.1.0')).filter(isHook)).toEqual([
    'onResolve a,b',
    'onPreInstall b',
    'onPackageUpdate b',
    'onPostInstall b',
  ])
  expect((await run('uninstall b')).filter(isHook)).toEqual([
    'onResolve a',
    'on_pre_uninstall b',
    'on_post_uninstall b',
  ])
  await rig.cpm('init hello')
  const hello = rig.path('hello')
  expect(await run('publish --dry-run', hello)).toEqual(['onPrePublish hello'])
  expect((await run('publish', hello)).filter(isHook)).toEqual(['onPrePublish hello'])
  expect(await run('render', hello)).toEqual(['onRender'])
  const submitted = await run('submit --engine local', hello)
  expect(submitted.filter(isHook)).toEqual(['onRender', 'onSubmit'])
  expect(submitted).toContain('onEvent node-finished')
})

/** Events are passed on while the command continues. */
const isHook = (line: string) => !line.startsWith('onEvent')

test('a refusal in a hook changes nothing, and says why', async () => {
  await using rig = await Rig.create()
  await rig.publish(['gpl@1.0.0', { license: 'GPL-3.0-only' }], ['mit@1.0.0', { license: 'MIT' }])
  await addPlugin(
    rig,
    'gate',
    `onResolve: ({ packages }) => ({ refuse: packages.filter((p) => p.license !== 'MIT').map((p) => ({ package: p.name, reason: 'has the license ' + p.license })) }),`,
  )
  const cwd = rig.project()
  expect((await rig.cpm('install mit', { cwd })).code).toBe(0)
  const before = rig.files(cwd)
  const refused = await rig.cpm('install gpl --json', { cwd })
  expect(refused.code).toBe(6)
  expect(refused.json.error).toMatchObject({
    code: 'HOOK_REFUSED',
    details: { plugin: 'gate', reasons: ['gpl: has the license GPL-3.0-only'] },
  })
  expect(rig.files(cwd)).toEqual(before)
  expect(rig.read(`${cwd}/colony.yaml`)).not.toContain('gpl')
})

test('a required hook that fails after an install undoes it, and the next command works', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'b@1.0.0')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd })
  await addPlugin(rig, 'late', `onPostInstall: { required: true, run: () => { throw new Error('no') } },`)
  const read = () => ['colony.yaml', 'colony.lock'].map((file) => rig.read(`${cwd}/${file}`))
  const [before, files] = [read(), rig.files(cwd)]
  const failed = await rig.cpm('install b', { cwd })
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain('error[HOOK_FAILED]: the plugin late failed: no')
  expect(read()).toEqual(before)
  expect(rig.files(cwd)).toEqual(files)
  expect((await rig.cpm('ci', { cwd })).code).toBe(0)
  await rig.cpm('plugins disable late')
  expect((await rig.cpm('install b', { cwd })).code).toBe(0)
})

test('a hook that is not required only warns when it fails, and plugins run in the order in which they were added', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await addPlugin(rig, 'second', `onPreInstall: (_, { log }) => log('one'),`)
  await addPlugin(
    rig,
    'first',
    `onPreInstall: () => { throw new Error('broken') }, onPostInstall: () => ({ warn: 'mind the gap' }),`,
  )
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  const { code, stderr } = await rig.cpm('install', { cwd })
  expect(code).toBe(0)
  expect(stderr.indexOf('second | one')).toBeLessThan(stderr.indexOf('warning: the plugin first failed: broken'))
  expect(stderr).toContain('warning: first: mind the gap')
})

test('the settings of the user decide whether a plugin is required', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await addPlugin(rig, 'gate', `onPreInstall: () => { throw new Error('broken') },`)
  changeConfig(rig, () => ({ plugins: { gate: { required: true } } }))
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  expect((await rig.cpm('install', { cwd })).code).toBe(1)
  expect(fs.existsSync(`${cwd}/colony.lock`)).toBe(false)
})

test('a plugin costs nothing in commands that it has no part in', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await addPlugin(rig, 'loud', `onPrePublish: () => {}, description: (console.log('loaded'), 'x'),`)
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  for (const line of ['install', 'list', 'verify', 'ci'])
    expect((await rig.cpm(line, { cwd })).stderr).not.toContain('loaded')
  await rig.cpm('init hello')
  expect((await rig.cpm('publish --dry-run', { cwd: rig.path('hello') })).stderr).toContain('loud | loaded')
})

test('a hook that can no longer undo a change may ask cpm about the project', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const body = (required: boolean) =>
    `permissions: { operations: ['list'] }, onPostInstall: { required: ${required}, run: async (_, { call, log }) => log(JSON.stringify((await call('list')).packages ?? 'none')) },`
  await addPlugin(rig, 'after', body(false))
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  expect((await rig.cpm('install', { cwd })).stderr).toContain('after | [{"name":"a"')
  await addPlugin(rig, 'during', body(true))
  const { code, stderr } = await rig.cpm('install a@1.0.0', { cwd })
  expect([code, stderr.includes("list can't be called while cpm changes the project")]).toEqual([0, false])
  await rig.publish('b@1.0.0')
  const failed = await rig.cpm('install b', { cwd })
  expect(failed.stderr).toContain("the plugin during failed: list can't be called while cpm changes the project")
  expect(failed.code).toBe(1)
})

test('G01 an install that is killed while a required hook decides stays whole', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await addPlugin(
    rig,
    'slow',
    `permissions: { write: ['data'] }, onPostInstall: { required: true, timeout: 60, run: (_, { data }) => {
      fs.writeFileSync(data + '/begun', ''); return new Promise(() => setInterval(() => {}, 1000)) } },`,
  )
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  const killed = rig.start('install', { cwd })
  await expect.poll(() => fs.existsSync(`${rig.home}/plugin-data/slow/begun`), { timeout: 20_000 }).toBe(true)
  killed.kill('SIGKILL')
  await killed
  await rig.cpm('plugins disable slow')
  expect((await rig.cpm('ci', { cwd })).code).toBe(0)
  expect((await rig.cpm('verify', { cwd })).code).toBe(0)
  expect(rig.files(cwd).filter((file) => file.includes('journal'))).toEqual([])
})

test('D10 no plugin receives a token, whatever events it lists', async () => {
  await using rig = await Rig.create()
  rig.write({ 'home/plugins.json': '{}' })
  const received: string[] = []
  const hooks = {
    observe: ({ type }: { type: string }) => Promise.resolve(void received.push(type)),
  } as unknown as Hooks
  const feed = createEventFeed({ env: new EnvironmentVariables(rig.env), hooks: () => Promise.resolve(hooks) })
  feed.push({ type: 'token-created', id: 'a', token: 'secret', expiresAt: '2026-01-01T00:00:00Z' })
  feed.push({ type: 'published', name: 'a', version: '1.0.0', tree: 'b' })
  feed.push({ type: 'plugin-log', plugin: 'a', text: 'published' })
  await feed.end()
  expect(received).toEqual(['published'])
})
