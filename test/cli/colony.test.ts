import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FakeColony } from '../rig/colony.ts'
import { Rig } from '../rig/rig.ts'

test('the colony comes from a context or from the environment, never from both', async () => {
  await using rig = await Rig.create()
  await using colony = await FakeColony.start()
  await using other = await FakeColony.start()
  colony.executors = [
    { executorname: 'exec-1', executortype: 'image', state: 1 },
    { executorname: 'gone', executortype: 'image', state: 3 },
  ]
  colony.functions = [{ executorname: 'exec-1', executortype: 'image', funcname: 'resize\u001b[31m' }]

  const none = await rig.cpm('colony info')
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('COLONY_NOT_CHOSEN') as string])

  const info = await rig.cpm('colony info', { env: colony.env })
  expect(info.stdout).toContain(`colony dev (environment)`)
  expect(info.stdout).toContain(`you are    ${colony.user.id}`)
  expect(info.stdout).toContain('version v1.9.12')

  // Refuses a key file that others can read, and a key of the wrong length.
  const keyFile = rig.path('key')
  fs.writeFileSync(keyFile, `${colony.user.key}\n`, { mode: 0o644 })
  const add = ['context', 'add', 'lab', '--server', colony.url.href, '--colony', 'dev', '--key-file', keyFile]
  const open = await rig.cpm(add)
  expect([open.code, open.stderr]).toEqual([4, expect.stringContaining('CREDENTIALS_UNSAFE') as string])
  const short = await rig.cpm('context add lab --key-stdin --json', { input: 'abc\n' })
  expect([short.code, short.json.error?.code]).toEqual([4, 'COLONY_KEY_INVALID'])
  fs.chmodSync(keyFile, 0o600)
  expect((await rig.cpm([...add, '--json'])).json.data).toMatchObject({ name: 'lab', isCurrent: true, keyFile })
  expect((await rig.cpm(add)).stderr).toContain('the context lab already exists')
  const addOther = ['context', 'add', 'other', '--server', other.url.href, '--colony', 'dev', '--key-stdin']
  await rig.cpm([...addOther, '--registry', './reg'], { input: `${other.user.key}\n` })
  const kept = path.join(rig.home, 'colony-keys', 'other')
  expect(fs.statSync(kept).mode & 0o777).toBe(0o600)

  // In turn: the default context, a named one, and the environment, which takes precedence over the default.
  const executors = await rig.cpm('colony executors --json')
  expect(executors.json.data).toMatchObject([{ name: 'exec-1', type: 'image', state: 'approved', lastHeardFrom: null }])
  const named = await rig.cpm('colony info --context other --json', { env: colony.env })
  expect(named.json.data).toMatchObject({ yourId: other.user.id, from: 'context other' })
  expect((await rig.cpm('colony info --json', { env: other.env })).json.data).toMatchObject({ yourId: other.user.id })
  const functions = await rig.cpm('colony functions')
  expect(functions.stdout).toContain('resize\\u001b[31m()  type image  by exec-1')

  const listed = await rig.cpm('context list --json')
  expect(listed.json.data).toEqual([
    expect.objectContaining({ name: 'lab', isCurrent: true }),
    expect.objectContaining({ name: 'other', isCurrent: false, registry: rig.path('reg') }),
  ])
  expect((await rig.cpm('context use othr')).stderr).toContain('did you mean other?')
  await rig.cpm('context use other')
  // The registry of the default context is the default registry.
  expect((await rig.cpm('search x')).stderr).toContain(rig.path('reg'))
  expect((await rig.cpm('context remove other --json')).json.data).toEqual({ name: 'other', keyRemoved: true })
  expect(fs.existsSync(kept)).toBe(false)
  await rig.cpm('context remove lab')
  expect(fs.existsSync(keyFile)).toBe(true)

  // No key is in any output or file.
  const said = [none, info, executors, named, functions, listed].map(({ stdout, stderr }) => stdout + stderr).join('')
  const files = rig.files(rig.home).map((file) => rig.read(path.join(rig.home, file)))
  for (const { user } of [colony, other]) for (const text of [said, ...files]) expect(text).not.toContain(user.key)
})

test('problems with a colony are reported before sending anything, or in its own words', async () => {
  await using rig = await Rig.create()
  await using colony = await FakeColony.start()
  const info = (env: Record<string, string>, cwd = rig.root) => rig.cpm('colony info --json', { env, cwd })

  const owner = await info({ ...colony.env, COLONIES_PRVKEY: colony.colonyOwner.key })
  expect([owner.code, owner.json.error?.code]).toEqual([4, 'COLONY_DENIED'])

  // Nothing leaves this machine without TLS unless the user's settings allow it; a project's settings can't.
  const project = rig.project()
  const settings = 'colony: { insecureHosts: [colony.invalid] }\n'
  rig.write({ '.cpmrc': settings }, project)
  const far = { ...colony.env, COLONIES_SERVER_HOST: 'colony.invalid' }
  expect((await info(far, project)).json.error?.code).toBe('CREDENTIALS_UNSAFE')
  rig.write({ 'home/config.json': settings })
  const tried = await info(far, project)
  expect([tried.code, tried.json.error?.code]).toEqual([8, 'COLONY_UNREACHABLE'])

  // A file of a project can't choose a colony either.
  rig.write({ 'contexts.json': '{}', '.cpmrc': 'contexts: {}\n' }, project)
  expect((await info({}, project)).json.error?.code).toBe('COLONY_NOT_CHOSEN')
})
