import fs from 'node:fs'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { addPlugin, changeConfig, moduleOf } from './plugin-rig.ts'

const GATE = `permissions: { read: ['project'] }, onResolve: { required: true, run: () => {} },`

test('a plugin that nobody approved does not run, wherever it lies', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const loud = moduleOf('loud', `description: (console.log('loaded'), ''), onPreInstall: () => {},`)
  rig.write({ 'home/plugins/loud.mjs': loud })
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  rig.write(
    { 'plugins/loud.mjs': loud, '.cpmrc': 'plugins: { loud: {} }\nhooks: { onPreInstall: [echo, ran] }\n' },
    cwd,
  )
  const { code, stderr } = await rig.cpm('install', { cwd })
  expect(code).toBe(0)
  expect(stderr).not.toMatch(/loaded|ran/)
  expect(stderr).toContain('ignoring "plugins": a project may only set')
  expect(stderr).toContain('ignoring "hooks": a project may only set')
  const { stdout } = await rig.cpm('plugins list', { cwd })
  expect(stdout).toBe('loud (not approved)')
})

test('B07 an approval names what it is for, and without a terminal it needs --yes', async () => {
  await using rig = await Rig.create()
  rig.write({ 'gate.mjs': moduleOf('gate', GATE) })
  const refused = await rig.cpm('plugins add ./gate.mjs --json')
  expect(refused.code).toBe(6)
  expect(refused.json.error).toMatchObject({
    code: 'PLUGIN_NOT_APPROVED',
    hint: 'to approve it: cpm plugins add ./gate.mjs --yes',
    details: {
      name: 'gate',
      version: '1.0.0',
      facts: expect.arrayContaining(['runs at onResolve (required)', 'may read project']) as unknown,
    },
  })
  expect(fs.existsSync(`${rig.home}/plugins.json`)).toBe(false)
  expect(fs.readdirSync(`${rig.home}/plugins`)).toEqual(['node_modules'])
  expect((await rig.cpm('plugins add ./gate.mjs --yes')).code).toBe(0)
})

test('B07 a plugin whose file, version or permissions change needs a new approval', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await addPlugin(rig, 'gate', GATE)
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  const file = `${rig.home}/plugins/gate.mjs`
  const changes = [
    moduleOf('gate', `${GATE} description: 'new',`),
    moduleOf('gate', GATE, '1.0.1'),
    moduleOf('gate', GATE.replace("['project']", "['project', '/etc']")),
  ]
  for (const text of changes) {
    fs.writeFileSync(file, text)
    const refused = await rig.cpm('install', { cwd })
    expect([refused.code, refused.stderr]).toEqual([
      6,
      expect.stringContaining('the files of the plugin gate changed since you approved it'),
    ])
    expect(fs.existsSync(`${cwd}/colony.lock`)).toBe(false)
    expect((await rig.cpm('plugins list')).stdout).toContain('gate 1.0.0 (changed)')
    const asked = await rig.cpm('plugins enable gate')
    expect(asked.code).toBe(6)
  }
  const { stderr } = await rig.cpm('plugins enable gate')
  expect(stderr).toContain('may read project, /etc')
  expect((await rig.cpm('plugins enable gate --yes')).stdout).toBe('enabled gate 1.0.0')
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
})

test('B07 a plugin that declares something else each time needs an approval each time', async () => {
  await using rig = await Rig.create()
  rig.write({ 'fickle.mjs': "export default { name: 'fickle', version: '1.0.0', description: String(Math.random()) }" })
  expect((await rig.cpm('plugins add ./fickle.mjs --yes')).code).toBe(0)
  expect((await rig.cpm('plugins enable fickle')).stderr).toContain('error[PLUGIN_NOT_APPROVED]')
})

test('F04 a changed plugin that is not required is left out, with a warning', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await addPlugin(rig, 'note', `onPreInstall: () => {},`)
  fs.appendFileSync(`${rig.home}/plugins/note.mjs`, '\nconsole.log("tampered")\n')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  const { code, stderr } = await rig.cpm('install', { cwd })
  expect(code).toBe(0)
  expect(stderr).toContain('warning: the files of the plugin note changed since you approved it')
  expect(stderr).not.toContain('tampered')
})

test('a plugin in a package is installed and locked, runs while the settings name it, and is removed without a trace', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const files = (version: string) => ({
    'plugin.mjs': moduleOf('gate', `onPreInstall: (_, { log }) => log('gate ${version}'),`, version),
  })
  await rig.publish(['@acme/gate@1.0.0', { files: files('1.0.0') }], ['@acme/gate@1.1.0', { files: files('1.1.0') }])
  expect((await rig.cpm('plugins add @acme/gate@1.0.0 --yes')).stdout).toContain('+ gate 1.0.0 (runs at onPreInstall)')
  expect(rig.read('home/plugins/packages/colony.lock')).toContain('"version": "1.0.0"')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  expect((await rig.cpm('install --dry-run', { cwd })).stderr).not.toContain('gate |')
  expect((await rig.cpm('install', { cwd })).stderr).toContain('gate | gate 1.0.0')
  // Another version is another plugin, and who refuses it keeps this one.
  expect((await rig.cpm('plugins add @acme/gate@1.1.0')).code).toBe(6)
  expect((await rig.cpm('plugins list')).stdout).toBe('gate 1.0.0 (enabled)')
  expect(rig.read('home/plugins/packages/colony.lock')).toContain('"version": "1.0.0"')
  expect((await rig.cpm('plugins add @acme/gate@1.1.0 --yes')).code).toBe(0)
  const other = rig.project({ dependencies: { a: '1.0.0' } })
  expect((await rig.cpm('install', { cwd: other })).stderr).toContain('gate | gate 1.1.0')
  changeConfig(rig, () => ({}))
  await addPlugin(rig, 'clingy', `onPreUninstall: () => ({ refuse: 'never' }),`)
  const third = rig.project({ dependencies: { a: '1.0.0' } })
  expect((await rig.cpm('install', { cwd: third })).stderr).not.toContain('gate |')
  expect((await rig.cpm('plugins remove gate')).code).toBe(0)
  expect((await rig.cpm('plugins list')).stdout).toBe('clingy 1.0.0 (enabled)')
  expect(rig.read('home/plugins/packages/colony.yaml')).not.toContain('gate')
})

test('a package without a plugin, or whose plugin has another version, is not installed as one', async () => {
  await using rig = await Rig.create()
  await rig.publish('plain@1.0.0', ['liar@1.0.0', { files: { 'plugin.mjs': moduleOf('liar', '', '2.0.0') } }])
  const plain = await rig.cpm('plugins add plain --yes')
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('it has no plugin.mjs')])
  const liar = await rig.cpm('plugins add liar --yes')
  expect(liar.stderr).toContain('liar@1.0.0 contains a plugin that calls itself 2.0.0')
  expect(rig.read('home/plugins/packages/colony.yaml')).not.toMatch(/plain|liar/)
})

const commandWith = (input: string, positionals = '[]') =>
  `addCliCommands: () => [{ name: 'x', summary: 's', input: z.object({ ${input} }), positionals: ${positionals}, run() {} }],`

test.each([
  ['no plugin', 'export default 5', /the default export is not a plugin/],
  ['a syntax error', 'export default {', /Unexpected/],
  ['a hook that does not exist', moduleOf('x', 'onInstall: () => {},'), /cpm has no hook onInstall/],
  ['a name that is a path', moduleOf('../x', ''), /name: must be lower-case letters/],
  [
    'a permission that does not exist',
    moduleOf('x', 'permissions: { all: true },'),
    /permissions: has a key that cpm does not know: all/,
  ],
  ['a variable that changes Node', moduleOf('x', `permissions: { env: ['NODE_OPTIONS'] },`), /may not change Node/],
  ['a path with a wildcard', moduleOf('x', `permissions: { read: ['/home/*'] },`), /without \* and commas/],
  [
    'a path that leaves the project',
    moduleOf('x', `permissions: { read: ['project/../..'] },`),
    /must not contain \.\./,
  ],
  [
    'a command of cpm',
    moduleOf('x', `addCliCommands: () => [{ name: 'install now', summary: 's', run() {} }],`),
    /one of cpm's own/,
  ],
  ['an option of cpm', moduleOf('x', commandWith('json: z.string()')), /the command x has an option json/],
  ['a short option of cpm', moduleOf('x', commandWith(`quick: z.boolean().meta({ short: 'q' })`)), /has the option -q/],
  [
    'a list before another argument',
    moduleOf('x', commandWith('all: z.array(z.string()), one: z.string()', `['all', 'one']`)),
    /has the list all before another argument/,
  ],
  ["the name of cpm's own folder", moduleOf('packages', ''), /a plugin can't be called packages/],
])('a module with %s is not added', async (_what, text, fact) => {
  await using rig = await Rig.create()
  rig.write({ 'x.mjs': text })
  const { code, stderr } = await rig.cpm('plugins add ./x.mjs --yes')
  expect(code).toBe(2)
  expect(stderr).toMatch(fact)
  expect(fs.existsSync(`${rig.home}/plugins.json`)).toBe(false)
})

test('F02 a plugin that is not approved yet reads nothing while cpm looks at it', async () => {
  await using rig = await Rig.create()
  rig.write({
    canary: 'secret',
    'x.mjs': `import fs from 'node:fs'\nimport cp from 'node:child_process'\n
let said = ''
for (const work of [() => fs.readFileSync(${JSON.stringify('CANARY')}, 'utf8'), () => cp.execSync('id'), () => process.env.SECRET ?? 'no variable'])
  try { said += work() + ';' } catch (error) { said += error.code + ';' }
export default { name: 'x', version: '1.0.0', description: said }
`.replace('CANARY', rig.path('canary')),
  })
  const { stderr } = await rig.cpm('plugins add ./x.mjs', { env: { SECRET: 'secret' } })
  expect(stderr).toContain('error[PLUGIN_NOT_APPROVED]')
  const yes = await rig.cpm('plugins add ./x.mjs --yes', { env: { SECRET: 'secret' } })
  expect(yes.code).toBe(0)
  expect((await rig.cpm('plugins list')).stdout).toBe(
    'x 1.0.0 (enabled) ERR_ACCESS_DENIED;ERR_ACCESS_DENIED;no variable;',
  )
})

test('a plugin whose folder is broken is listed as changed, and can be removed', async () => {
  await using rig = await Rig.create()
  rig.write({ 'gate/plugin.mjs': moduleOf('gate', GATE) })
  await rig.cpm('plugins add ./gate --yes')
  fs.symlinkSync('/etc/passwd', `${rig.home}/plugins/gate/link`)
  expect((await rig.cpm('plugins list')).stdout).toBe('gate 1.0.0 (changed)')
  expect((await rig.cpm('plugins info gate')).code).toBe(0)
  fs.rmSync(`${rig.home}/plugins/gate/plugin.mjs`)
  expect((await rig.cpm('plugins enable gate --yes')).code).toBe(2)
  expect((await rig.cpm('plugins remove gate')).code).toBe(0)
  expect((await rig.cpm('plugins list')).stdout).toContain('no plugins')
})

test('cpm says what is wrong with a torn plugins.json, and still explains itself', async () => {
  await using rig = await Rig.create()
  rig.write({ 'home/plugins.json': '{ "plugins": [' })
  for (const line of ['--help', 'help', 'help LOCK_OUTDATED']) expect((await rig.cpm(line)).code).toBe(0)
  for (const line of ['plugins list', 'report make']) {
    const { code, json } = await rig.cpm(`${line} --json`)
    expect([code, json.error?.code]).toEqual([2, 'CONFIG_INVALID'])
    expect(json.error?.hint).toBe('remove it, and approve your plugins again: cpm plugins enable <name>')
  }
})
