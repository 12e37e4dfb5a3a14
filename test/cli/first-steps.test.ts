import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { TEMPLATE_NAMES } from '../../src/operations/packages/templates.ts'
import { Rig } from '../rig/rig.ts'
import { cpmAtTerminal, HAS_TERMINAL } from '../rig/terminal.ts'

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples')

test('init keeps existing files, lists what it created, and creates a package that passes its tests', async () => {
  await using rig = await Rig.create()
  rig.write({ 'mine/README.md': 'my words\n', 'mine/.git/HEAD': 'ref: refs/heads/main\n', 'mine/.gitignore': 'out/\n' })
  const { code, stdout, json } = await rig.cpm('init --json', { cwd: rig.path('mine') }).then(async (first) => ({
    ...first,
    json: first.json,
    stdout: (await rig.cpm('init other')).stdout,
  }))
  expect(code).toBe(0)
  expect(json.data).toMatchObject({
    files: ['colony.yaml', 'workflows/main.yaml', 'bin/greet.mjs', 'tests/main.yaml'],
    kept: ['README.md', '.gitignore'],
  })
  expect([rig.read('mine/README.md'), rig.read('mine/.gitignore')]).toEqual(['my words\n', 'out/\n'])
  expect(stdout).toContain('+ other/.gitignore')
  expect(stdout).toContain('+ other/tests/main.yaml')
  const tested = await rig.cpm('test other')
  expect(tested.code, tested.stderr).toBe(0)
  const again = await rig.cpm('init', { cwd: rig.path('mine') })
  expect(again.stderr).toContain('FILE_EXISTS')
})

test('init --bare keeps existing files, and reports a file in place of the folder', async () => {
  await using rig = await Rig.create()
  rig.write({ 'mine/README.md': 'my words\n', file: '' })
  const { stdout } = await rig.cpm('init mine --bare')
  expect(stdout).toContain('+ mine/colony.yaml')
  expect(rig.read('mine/README.md')).toBe('my words\n')
  const wrong = await rig.cpm('init file/inside')
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('file is not a folder (ENOTDIR)')])
})

test('init suggests commands that a shell reads as they are meant', async () => {
  await using rig = await Rig.create()
  const next = async (...args: string[]) => (await rig.cpm(['init', ...args])).stdout
  expect(await next('my pkg')).toContain("cpm validate 'my pkg'\n")
  expect(await next("it's $HOME")).toContain(String.raw`cpm validate 'it'\''s $HOME'` + '\n')
  expect(await next('two\n lines')).toContain(String.raw`cpm validate $'two\x0a lines'` + '\n')
  expect(await next('--', '-y')).toContain('cpm validate ./-y\n')
  expect(await next('plain/été', '--name', 'summer')).toContain('cpm validate plain/été\n')
  expect(await next('bare one', '--bare')).toContain("cd 'bare one' && cpm install <name>")
})

test('init suggests another name for the same folder, and refuses the root folder', async () => {
  await using rig = await Rig.create()
  const named = await rig.cpm('init 日本')
  expect(named.stderr).toContain('hint: cpm init 日本 --name <name>')
  rig.write({ '日本/notes': '' })
  const here = await rig.cpm('init', { cwd: rig.path('日本') })
  expect(here.stderr).toContain('hint: cpm init --name <name>')
  const root = await rig.cpm('init', { cwd: '/' })
  expect(root.stderr).toContain(
    '/ is the root of the file system: as a package, it would contain all files there\n  hint: choose another folder',
  )
})

test('a missing dependency is reported before anything runs, with the command that installs it', async () => {
  await using rig = await Rig.create()
  fs.cpSync(path.join(EXAMPLES, 'thumbnails'), rig.path('thumbnails'), { recursive: true })
  const { code, stderr } = await rig.cpm('submit thumbnails --engine local')
  expect(code).toBe(7)
  expect(stderr).toContain('thumbnails needs image-tools ^1.0.0, which is not installed')
  expect(stderr).toContain('hint: cd thumbnails && cpm install')
  expect(fs.existsSync(path.join(rig.home, 'runs'))).toBe(false)
  // A missing dependency of an installed one counts as well.
  rig.write({
    'thumbnails/colony_packages/image-tools/colony.yaml':
      'apiVersion: v1\nname: image-tools\nversion: 1.0.0\ndependencies: { pixels: ^2.0.0 }\n',
  })
  const { stderr: behind } = await rig.cpm('submit . --engine local', { cwd: rig.path('thumbnails') })
  expect(behind).toContain('image-tools needs pixels ^2.0.0, which is not installed\n  hint: cpm install')
})

test('submit --dry-run renders, checks and shows what would run, with or without the local engine', async () => {
  await using rig = await Rig.create()
  await rig.cpm('init hello')
  const [local, none, wrong] = await Promise.all([
    rig.cpm('submit hello --engine local --dry-run --set name=Ada'),
    rig.cpm('submit hello --dry-run --set name=Ada --json'),
    rig.cpm('submit hello --dry-run --set nam=Ada'),
  ])
  expect(local.code, local.stderr).toBe(0)
  expect(local.stdout).toMatch(
    /^would run workflows\/main\.yaml \(Workflow, 1 node\) on this machine:\n {2}greet: ".*bin\/greet\.mjs"$/,
  )
  expect(none.json.data).toMatchObject({
    dryRun: true,
    engine: null,
    nodes: [{ nodename: 'greet', funcname: 'greet', executortype: 'script', after: [], command: null }],
    spec: { functions: [{ args: ['Ada'] }] },
  })
  expect(wrong.stderr).toContain('did you mean name?')
  expect(fs.existsSync(path.join(rig.home, 'runs'))).toBe(false)
  rig.write({
    'hello/workflows/main.yaml':
      'kind: Workflow\nfunctions: [{ nodename: a, funcname: nosuch, conditions: { executortype: script } }]\n',
  })
  const unfit = await rig.cpm('submit hello --engine local --dry-run')
  expect(unfit.stderr).toContain('declares no function nosuch')
})

test('submit --dry-run --engine colonyos shows what would be sent without a colony, a key or a home', async () => {
  await using rig = await Rig.create()
  await rig.cpm('init hello')
  const dry = 'submit hello --engine colonyos --dry-run --set name=Ada'
  const shown = await rig.cpm(dry, { env: { HOME: '', CPM_HOME: '' } })
  expect(shown.stderr).toBe('')
  expect(shown.stdout).toContain('would send this to a colony, once cpm context add selects one:\n{')
  expect((await rig.cpm(`${dry} --json`)).json.data).toMatchObject({
    ...{ dryRun: true, server: null, colony: null },
    sent: { functionspecs: [{ args: ['Ada'], conditions: { executortype: 'script' } }] },
  })
  // A colony that can't be reached, with a key that is gone.
  rig.write({ key: 'a'.repeat(64) })
  fs.chmodSync(rig.path('key'), 0o600)
  const added = await rig.cpm('context add lab --server https://colony.invalid:443 --colony lab --key-file key')
  expect(added.code, added.stderr).toBe(0)
  await rig.cpm('context use lab')
  fs.rmSync(rig.path('key'))
  const { json } = await rig.cpm(`${dry} --json`)
  expect(json.data).toMatchObject({ colony: 'lab', sent: { colonyname: 'lab', functionspecs: [{ args: ['Ada'] }] } })
  const wrong = await rig.cpm('submit hello --engine colonyos --dry-run --set nam=Ada')
  expect(wrong.stderr).toContain('did you mean name?')
})

test('every template makes a package that is valid, passes its tests and runs', async () => {
  await using rig = await Rig.create()
  const folders = fs.readdirSync(path.resolve(import.meta.dirname, '../../templates'))
  expect(folders.sort()).toEqual([...TEMPLATE_NAMES].sort())
  for (const template of TEMPLATE_NAMES) {
    const made = await rig.cpm(`init ${template} --name my-${template} --template ${template}`)
    expect(made.code, made.stderr).toBe(0)
    const runs = template === 'plugin' ? [] : ['submit --engine local']
    for (const line of ['validate', 'test', ...runs]) {
      const { code, stderr } = await rig.cpm(`${line} ${template}`)
      expect({ template, line, code, stderr: code === 0 ? '' : stderr }).toMatchObject({ code: 0 })
    }
    const texts = rig.files(rig.path(template)).map((file) => rig.read(path.join(template, file)))
    expect(texts.join()).not.toContain('my-package')
    expect(rig.files(rig.path(template))).toContain('.gitignore')
  }
  const misfit = await rig.cpm('init bare --bare --template hello')
  expect(misfit.stderr).toContain('a bare project has no template')
  expect((await rig.cpm('init x --template helo')).stderr).toContain('hello')
})

test.skipIf(!HAS_TERMINAL)('init asks for a name and a template in a terminal, --yes for nothing (needs python3)', async () => {
  await using rig = await Rig.create()
  rig.write({ 'Word Count/notes': '', 'again/notes': '' })
  const at = { cwd: rig.path('Word Count'), env: { HOME: rig.root, CPM_HOME: rig.home } }
  const asked = await cpmAtTerminal(['init'], {
    ...at,
    dialogue: [
      ['package name (word-count): ', 'No Name\r'],
      ['a package name consists of', ''],
      ['package name (word-count): ', '\r'],
      ['which one (1): ', '9\r'],
      ['choose one of', ''],
      ['which one (1): ', 'fan-out\r'],
    ],
  })
  expect([asked.code, asked.shown]).toEqual([0, expect.stringContaining('bin/count.mjs')])
  expect(rig.read('Word Count/colony.yaml')).toContain("name: 'word-count'")
  const stopped = await cpmAtTerminal(['init', 'other'], { ...at, dialogue: [['which one (1): ', '\x03']] })
  expect([stopped.code, fs.existsSync(rig.path('Word Count', 'other'))]).toEqual([130, false])
  const told = await cpmAtTerminal(['init', '--yes'], { ...at, cwd: rig.path('again'), dialogue: [] })
  expect([told.code, told.shown]).toEqual([0, expect.stringContaining('bin/greet.mjs')])
  expect(told.shown).not.toContain('template:')
}) // prettier-ignore

test('in a new project without dependencies, tree, licenses and sbom need no lock', async () => {
  await using rig = await Rig.create()
  const cwd = rig.project({ name: 'mine' })
  const shown = async (line: string) => (await rig.cpm(line, { cwd })).stdout
  expect(await shown('tree')).toBe('mine\nno dependencies')
  expect(await shown('licenses')).toBe('0 packages')
  expect(JSON.parse(await shown('sbom'))).toMatchObject({ components: [] })
})
