import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import pack from '../../src/cli/commands/package/pack.ts'
import publish from '../../src/cli/commands/package/publish.ts'
import validate from '../../src/cli/commands/package/validate.ts'
import { CpmError } from '../../src/core/errors.ts'
import { Rig } from '../rig/rig.ts'
import { runCommand } from '../rig/run-command.ts'

type Manifest = Parameters<Rig['package']>[1]

interface Case {
  manifest: Manifest
  /** paths with mode 0755 */
  marked?: readonly string[]
  says: string
}

const ELF = Buffer.concat([Buffer.from([0x7f]), Buffer.from('ELF'), Buffer.alloc(60)])
const MACH_O = Buffer.concat([Buffer.from([0xcf, 0xfa, 0xed, 0xfe]), Buffer.alloc(60)])
const PE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(60)])
const GREET = '#!/bin/sh\n'

const fn = (command: string[], name = 'greet', executortype = 'script') => ({ executortype, name, command })
const workflow = (node: string) => `kind: Workflow\nfunctions:\n  - ${node}\n`
const NODE = '{ nodename: a, funcname: greet, conditions: { executortype: script } }'
const greets = (files: Record<string, string>, rest: Record<string, unknown> = {}) => ({
  functions: [fn(['bin/greet'])],
  ...rest,
  files: { 'bin/greet': GREET, 'workflows/main.yaml': workflow(NODE), ...files },
})

/** Packages that nobody could run, and what is said of them. */
const CASES: Record<string, Case> = {
  'a native program of Linux that nothing keeps executable': {
    manifest: { files: { 'bin/tool': ELF } },
    marked: ['bin/tool'],
    says: 'bin/tool is a program (ELF) that would lose its executable bit: add executables: [bin/tool]',
  },
  'one of macOS': { manifest: { files: { tool: MACH_O } }, marked: ['tool'], says: 'tool is a program (Mach-O)' },
  'one of Windows': { manifest: { files: { 'a.exe': PE } }, marked: ['a.exe'], says: 'a.exe is a program (PE)' },
  'a function whose file is not there': {
    manifest: { functions: [fn(['bin/gret'])], files: { 'bin/greet': GREET } },
    says: 'colony.yaml:8:9 the package has no file bin/gret, the command of greet; did you mean bin/greet?',
  },
  'a function whose file is not executable once it is packed': {
    manifest: { functions: [fn(['./bin/greet'])], files: { 'bin/greet': 'echo hello\n' } },
    marked: ['bin/greet'],
    says: 'the command ./bin/greet of greet is not executable in the package: start it with #!, or add executables: [bin/greet]',
  },
  'a function whose native program is not executable, whatever its mode is here': {
    manifest: { functions: [fn(['bin/greet'])], files: { 'bin/greet': ELF } },
    says: 'the command bin/greet of greet is not executable in the package',
  },
  'a function whose file is left out by .gitignore': {
    manifest: { functions: [fn(['bin/greet'])], files: { 'bin/greet': GREET, '.gitignore': 'bin/\n' } },
    says: 'the command bin/greet of greet is excluded by .gitignore: include it with !/bin/greet in .cpmignore',
  },
  'a function that leads out of the package': {
    manifest: { functions: [fn(['../greet'])] },
    says: 'the command ../greet of greet is outside the package',
  },
  'a function that is a line for a shell': {
    manifest: { functions: [fn(['echo hello'])] },
    says: 'the command "echo hello" of greet is not a program name',
  },
  'two functions of one name': {
    manifest: { functions: [fn(['sh']), fn(['bash'])] },
    says: 'the function greet for script is declared twice',
  },
  'a node that calls a function which nothing declares': {
    manifest: greets({ 'workflows/main.yaml': workflow(NODE.replace('greet', 'gret')) }),
    says: 'workflows/main.yaml:3:30 no function gret is declared for script; did you mean greet?',
  },
  'a node whose type of executor is misspelt': {
    manifest: greets({ 'workflows/main.yaml': workflow(NODE.replace('script', 'scripts')) }),
    says: 'no function is declared for scripts; did you mean script?',
  },
  'a node of a partial that calls one': {
    manifest: greets({
      'workflows/main.yaml': workflow('{ $include: _a.yaml }'),
      'workflows/_a.yaml': NODE.replace('greet', 'shout'),
    }),
    says: 'workflows/_a.yaml:1:26 no function shout is declared for script',
  },
  'CRLF behind #!': {
    manifest: { executables: ['bin/*'], files: { 'bin/greet.sh': '#!/bin/sh\r\necho\r\n' } },
    says: "bin/greet.sh:1:1 the #! line ends with CRLF, so its interpreter can't be found: save the file with LF (dos2unix)",
  },
  'a byte order mark before #!': {
    manifest: { executables: ['bin/*'], files: { 'bin/greet.sh': '\ufeff#!/bin/sh\n' } },
    says: 'bin/greet.sh:1:1 a byte order mark precedes #!, so the file is not executable',
  },
  'a dependency by its path': {
    manifest: { dependencies: { other: 'path:../other' } },
    says: 'colony.yaml:5:10 other is a path dependency, which works only on this machine: publish it and depend on a version',
  },
  'the same in the form of a list': {
    manifest: { dependencies: [{ name: 'other', version: 'path:../other' }] },
    says: 'colony.yaml:5:5 other is a path dependency',
  },
  'a workflow that is left out': {
    manifest: greets({ '.cpmignore': 'workflows\n' }),
    says: 'workflows/main.yaml:1:1 excluded from the package by .cpmignore, so nobody else can run it',
  },
  'a partial that is left out of a workflow that includes it': {
    manifest: greets({
      'workflows/main.yaml': workflow('{ $include: _a.yaml }'),
      'workflows/_a.yaml': NODE,
      'workflows/.gitignore': '_*\n',
    }),
    says: 'workflows/_a.yaml:1:1 excluded from the package by workflows/.gitignore, but workflows/main.yaml includes it',
  },
  'values that are left out': {
    manifest: greets(
      { 'values.yaml': 'who: Ada\n', '.gitignore': 'values.yaml\n' },
      { inputs: [{ key: 'who', type: 'string' }] },
    ),
    says: 'values.yaml:1:1 excluded from the package by .gitignore, so nobody else gets its values',
  },
}

async function errorOf(work: Promise<unknown>): Promise<CpmError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof CpmError) return error
  throw error
}

/** What `validate`, `pack` and `publish` throw for a folder: each the same. */
async function refusalOf(rig: Rig, folder: string): Promise<CpmError> {
  const place = { cwd: folder, env: rig.env }
  const error = await errorOf(runCommand(validate, {}, place))
  const said = { code: error.code, message: error.message, hint: error.hint }
  for (const dryRun of [true, false])
    expect(await errorOf(runCommand(pack, { output: rig.path('a.cpm'), dryRun }, place))).toMatchObject(said)
  expect(await errorOf(runCommand(publish, {}, place))).toMatchObject(said)
  expect(fs.existsSync(rig.path('a.cpm'))).toBe(false)
  expect(fs.existsSync(path.join(rig.registry, 'index', 'a'))).toBe(false)
  return error
}

describe('validate, pack and publish refuse alike what nobody could run', () => {
  test.each(Object.entries(CASES))('%s', async (_what, { manifest, marked = [], says }) => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', manifest)
    for (const name of marked) fs.chmodSync(path.join(folder, name), 0o755)
    const error = await refusalOf(rig, folder)
    expect(error.code).toBe('MANIFEST_INVALID')
    expect(error.message).toContain(says)
  })

  test('a file that `files` does not name, and that a function runs', async () => {
    await using rig = await Rig.create()
    const folder = rig.path('a')
    const manifest = `apiVersion: v1\nname: a\nversion: 1.0.0\nfiles: [docs]\nfunctions: [{ executortype: x, name: greet, command: [bin/greet] }]\n` // prettier-ignore
    rig.write({ 'colony.yaml': manifest, 'README.md': '', 'bin/greet': GREET }, folder)
    expect((await refusalOf(rig, folder)).message).toContain('the command bin/greet of greet is not packed: add it to files:') // prettier-ignore
  })

  test('an archive that compresses so well that no reader would unpack it', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', { files: { 'zeros.bin': Buffer.alloc(4 * 1024 * 1024) } })
    const error = await refusalOf(rig, folder)
    expect(error.code).toBe('ARCHIVE_TOO_LARGE')
    expect(error.message).toContain('(1 MiB plus 200 times the packed size)')
    expect(error.hint).toContain('the largest are zeros.bin')
  })
})

describe('what others can run is accepted', () => {
  test.each<[string, Manifest, string[]]>([
    ['a native program that executables: names', { executables: ['bin/tool'], files: { 'bin/tool': ELF } }, ['bin/tool']], // prettier-ignore
    ['a library, which nobody starts', { files: { 'lib/a.so.1': ELF, 'b.node': ELF, 'c.dll': PE } }, ['lib/a.so.1', 'b.node', 'c.dll']], // prettier-ignore
    ['a text that begins like a program', { files: { 'MZ.txt': 'MZ is no program' } }, ['MZ.txt']],
    ['a program by its bare name', { functions: [fn(['python3', '-c', 'print(1)'])] }, []],
    ['a workflow for executors that nobody declares functions of', greets({ 'workflows/main.yaml': workflow(NODE.replace('script', 'container')) }), []], // prettier-ignore
    ['a name of a function that an expression makes', greets({ 'workflows/main.yaml': workflow(NODE.replace('greet', "'${pkg.name}'")) }), []], // prettier-ignore
    ['a draft that is left out beside a workflow', greets({ 'workflows/draft.yaml': workflow(NODE), '.cpmignore': 'draft.yaml' }), []], // prettier-ignore
    ['a dependency of the author alone by its path', { devDependencies: { other: 'path:../other' } }, []],
    ['a source whose first line only looks like #!', { files: { 'a.rs': '#![allow(dead_code)]\r\n' } }, []],
  ])('%s', async (_what, manifest, marked) => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', manifest)
    for (const name of marked) fs.chmodSync(path.join(folder, name), 0o755)
    const { events } = await runCommand(validate, {}, { cwd: folder, env: rig.env })
    expect(events).toEqual([])
  })
})

test('what works and is most often a slip is a warning', async () => {
  await using rig = await Rig.create()
  const folder = rig.package('a@1.0.0', { functions: [fn(['sh', 'bin/greet'])], files: { 'bin/greet': GREET } })
  fs.rmSync(path.join(folder, 'README.md'))
  const { events } = await runCommand(validate, {}, { cwd: folder, env: rig.env })
  expect(events.map((event) => event.type === 'warning' && event.message)).toEqual([
    "colony.yaml:9:9 greet can't find bin/greet, because it runs in the folder of its node: make bin/greet the command",
    'colony.yaml:1:1 the package has no README.md',
  ])
})
