import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parseSettingKey, settingKey, settingKeys, settingSchema } from '../../src/core/setting-keys.ts'
import { Rig } from '../rig/rig.ts'

test('config set, get, list and unset work with the file of the user, whose other contents stay', async () => {
  await using rig = await Rig.create()
  const file = path.join(rig.home, 'config.json')
  rig.write({ 'config.json': '{"network": {"retries": 2}}' }, rig.home)
  const run = async (line: string | string[]) => await rig.cpm(line, { cwd: rig.home })
  for (const line of [
    'config set install.mode copy',
    'config set network.timeout 2.5',
    'config set security.prove true',
    ['config', 'set', 'storage.siteStores', '["/sw/cpm"]'],
    'config set registry.registries.work.url https://cpm.example.org',
    ['config', 'set', 'registry.registries."a.b".url', '/srv/cpm'],
    'config set registry.default 5',
  ])
    expect((await run(line)).code, String(line)).toBe(0)
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({
    network: { retries: 2, timeout: 2.5 },
    install: { mode: 'copy' },
    security: { prove: true },
    storage: { siteStores: ['/sw/cpm'] },
    // A number is text where the setting is text.
    registry: { default: '5', registries: { work: { url: 'https://cpm.example.org' }, 'a.b': { url: '/srv/cpm' } } },
  })
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  expect((await run('config get network.timeout')).stdout).toBe('2.5')
  expect((await run('config get network')).stdout).toBe('network.retries = 2\nnetwork.timeout = 2.5')
  expect((await run(['config', 'get', 'registry.registries."a.b".url'])).stdout).toBe('/srv/cpm')
  expect(await run('config get network.ca')).toMatchObject({ code: 1, stdout: '' })
  expect((await run('config set install.mode copy')).stdout).toBe('install.mode already is "copy"')

  for (const line of ['config unset install.mode', 'config unset registry', 'config unset network.retries'])
    expect((await run(line)).code, line).toBe(0)
  // What an unset leaves empty goes too.
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({
    network: { timeout: 2.5 },
    security: { prove: true },
    storage: { siteStores: ['/sw/cpm'] },
  })
  expect((await run('config unset install.mode')).stdout).toBe(`install.mode is not set in ${file}`)
})

test('config list shows where each value comes from, and what replaces it', async () => {
  await using rig = await Rig.create()
  const cwd = rig.project({ dependencies: {} })
  rig.write({ '.cpmrc': 'install: { mode: copy }\nregistry: { default: /theirs }\nnetwork: { retries: 9 }\n' }, cwd)
  rig.write({ 'config.json': '{"install": {"mode": "link"}, "registry": {"default": "/mine"}}' }, rig.home)
  const { stdout, stderr } = await rig.cpm('config list --origin', { cwd })
  const [user, project] = [path.join(rig.home, 'config.json'), path.join(cwd, '.cpmrc')]
  expect(stdout.split('\n')).toEqual([
    `install.mode = copy (${project})`,
    `install.mode = link (${user}, overridden)`,
    `registry.default = /mine (${user})`,
    `registry.default = /theirs (${project}, overridden)`,
  ])
  // A project can't set anything else, here or anywhere.
  expect(stderr).toContain('ignoring "network"')
  const env = { CPM_REGISTRY: 'https://ada:secret@cpm.example.org', CPM_LOCK_TIMEOUT: '3' }
  const given = await rig.cpm('config list --all --json', { cwd, env })
  const { settings, unset } = given.json.data as { settings: Record<string, unknown>[]; unset: string[] }
  expect(settings).toContainEqual({
    key: 'registry.default',
    value: 'https://***@cpm.example.org',
    origin: 'environment',
    place: 'CPM_REGISTRY',
    overridden: false,
  })
  expect(settings).toContainEqual(expect.objectContaining({ key: 'security.lockTimeout', value: 3 }))
  expect(unset).toContain('network.ca')
  expect(unset).not.toContain('install.mode')
  expect(given.stdout).not.toContain('secret')
})

test.each([
  ['config set instal.mode copy', 'there is no setting instal; did you mean install?'],
  ['config set install.mod copy', 'there is no setting install.mod; did you mean mode?'],
  ['config set install.mode move', 'install.mode: '],
  ['config set network.retries many', 'network.retries: '],
  ['config set network.retries 11', 'network.retries: '],
  ['config set storage.siteStores /sw', 'storage.siteStores: '],
  ['config set install copy', 'install is a section'],
  ['config set registry {}', 'registry is a section'],
  ['config set registry.registries.__proto__.url /x', 'there is no setting registry.registries.__proto__'],
  ['config set network.httpProxy "http://ada:secret@proxy"', 'a password in a command line is visible'],
  ['config set registry.default https://secret@cpm.example.org', 'a password in a command line is visible'],
  ['config set registry.registries.work.insecure true', 'work.url'],
  ['config set network.httpProxy http://ada:secret@proxy:3128', 'a password in a command line is visible'],
  ['config get .mode', '".mode" is not the key of a setting'],
  ['config get a..b', '"a..b" is not the key of a setting'],
  ['config unset network.__proto__', 'there is no setting network.__proto__'],
])('cpm %s: is refused, and changes nothing', async (line, message) => {
  await using rig = await Rig.create()
  const { code, stderr } = await rig.cpm(line, { cwd: rig.home })
  expect(code).not.toBe(0)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('secret')
  expect(fs.existsSync(path.join(rig.home, 'config.json'))).toBe(false)
})

test('config set leaves a file with comments alone, and one that is damaged', async () => {
  await using rig = await Rig.create()
  const file = path.join(rig.home, 'config.json')
  fs.mkdirSync(rig.home, { recursive: true })
  for (const [text, message] of [
    ['# mine\nnetwork: { retries: 2 }\n', 'is YAML, or has comments'],
    ['{"network": {"tries": 2}}', 'unknown key network.tries'],
    ['{"network": ', 'CONFIG_INVALID'],
  ] as const) {
    fs.writeFileSync(file, text)
    const { code, stderr } = await rig.cpm('config set install.mode copy', { cwd: rig.home })
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
    expect(fs.readFileSync(file, 'utf8')).toBe(text)
  }
})

test('changes of several processes are not lost', async () => {
  await using rig = await Rig.create()
  fs.mkdirSync(rig.home, { recursive: true })
  const lines = ['install.mode copy', 'network.retries 3', 'network.timeout 4', 'security.prove true']
  const done = await Promise.all(lines.map((line) => rig.binary(`config set ${line}`, { cwd: rig.home })))
  expect(done.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  expect(JSON.parse(fs.readFileSync(path.join(rig.home, 'config.json'), 'utf8'))).toEqual({
    install: { mode: 'copy' },
    network: { retries: 3, timeout: 4 },
    security: { prove: true },
  })
})

test('every setting has a key, and each key leads to its setting', () => {
  for (const key of settingKeys()) {
    const at = parseSettingKey(key)
    expect(settingKey(at)).toBe(key)
    expect(settingSchema(at)).toBeDefined()
  }
  expect(settingKeys()).toContain('registry.registries.<name>.url')
})

test('a project can neither draw on the terminal nor fake a setting of the user', async () => {
  await using rig = await Rig.create()
  const cwd = rig.project({ dependencies: {} })
  const registries = {
    'w\u001b[2J': { url: '/x' },
    'n\nsecurity.prove = true': { url: '/y\u001b[31m' },
    'a"b': { url: '/z' },
  }
  rig.write({ '.cpmrc': JSON.stringify({ registry: { default: '/d\u001b[31m', registries } }) }, cwd)
  for (const line of ['config list', 'config list --origin', 'config get registry', 'config get registry.default']) {
    const { stdout } = await rig.cpm(line, { cwd })
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toMatch(/^security/m)
  }
  expect(await rig.cpm(['config', 'get', 'registry.registries."a\\"b".url'], { cwd })).toMatchObject({ stdout: '/z' })
})

test('config list and get agree with what cpm uses: contexts, and whole registries of the user', async () => {
  await using rig = await Rig.create()
  const cwd = rig.project({ dependencies: {} })
  rig.write(
    {
      '.cpmrc':
        'registry: { registries: { work: { url: https://theirs.example.org, insecure: true }, b: { url: /b, insecure: true } } }',
    },
    cwd,
  )
  const run = async (line: string) => await rig.cpm(line, { cwd })
  await run('config set registry.default https://user.example.org')
  await run('config set registry.registries.work.url https://mine.example.org')
  expect((await run('context add lab --registry https://ctx.example.org')).code).toBe(0)
  expect((await run('context use lab')).code).toBe(0)
  expect((await run('config get registry.default')).stdout).toBe('https://ctx.example.org')
  expect((await run('config get registry.registries.work')).stdout).toBe(
    'registry.registries.work.url = https://mine.example.org',
  )
  expect((await run('config get registry.registries.b.insecure')).code).toBe(1)
  const refused = await rig.cpm('config list', { cwd, env: { CPM_LOCK_TIMEOUT: 'soon' } })
  expect(refused.stderr).toContain('CPM_LOCK_TIMEOUT is not a number')
})

test('config set follows a link, and config unset creates nothing', async () => {
  await using rig = await Rig.create()
  const file = path.join(rig.home, 'config.json')
  expect((await rig.cpm('config unset install.mode', { cwd: rig.path('.') })).stdout).toContain('is not set')
  expect(fs.existsSync(file)).toBe(false)
  rig.write({ 'dot/c.json': '{}' }, rig.path('.'))
  fs.mkdirSync(rig.home, { recursive: true })
  fs.symlinkSync(rig.path('dot/c.json'), file)
  expect((await rig.cpm('config set network.retries 2', { cwd: rig.path('.') })).code).toBe(0)
  expect(fs.lstatSync(file).isSymbolicLink()).toBe(true)
  expect(JSON.parse(fs.readFileSync(rig.path('dot/c.json'), 'utf8'))).toEqual({ network: { retries: 2 } })
})
