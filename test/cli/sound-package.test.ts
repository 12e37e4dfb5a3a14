import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import pack from '../../src/cli/commands/package/pack.ts'
import publish from '../../src/cli/commands/package/publish.ts'
import validate from '../../src/cli/commands/package/validate.ts'
import { CpmError } from '../../src/core/errors.ts'
import { filesToPack } from '../../src/package/files-to-pack.ts'
import * as tasks from '../../src/package/tasks.ts'
import { gzip } from '../package/forge.ts'
import { poolHere } from '../rig/in-process.ts'
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

/** Packages that can't run, and their errors. */
const CASES: Record<string, Case> = {
  'a native Linux program that would lose its executable bit': {
    manifest: { files: { 'bin/tool': ELF } },
    marked: ['bin/tool'],
    says: 'bin/tool is a program (ELF) that would lose its executable bit: add executables: [bin/tool]',
  },
  'a native macOS program': {
    manifest: { files: { tool: MACH_O } },
    marked: ['tool'],
    says: 'tool is a program (Mach-O)',
  },
  'a native Windows program': {
    manifest: { files: { 'a.exe': PE } },
    marked: ['a.exe'],
    says: 'a.exe is a program (PE)',
  },
  'a function whose file does not exist': {
    manifest: { functions: [fn(['bin/gret'])], files: { 'bin/greet': GREET } },
    says: 'colony.yaml:8:9 the package has no file bin/gret, the command of greet; did you mean bin/greet?',
  },
  'a function whose file would not be executable in the package': {
    manifest: { functions: [fn(['./bin/greet'])], files: { 'bin/greet': 'echo hello\n' } },
    marked: ['bin/greet'],
    says: 'the command ./bin/greet of greet is not executable in the package: start it with #!, or add executables: [bin/greet]',
  },
  'a function whose native program would not be executable, whatever its mode is here': {
    manifest: { functions: [fn(['bin/greet'])], files: { 'bin/greet': ELF } },
    says: 'the command bin/greet of greet is not executable in the package',
  },
  'a function whose file is excluded by .gitignore': {
    manifest: { functions: [fn(['bin/greet'])], files: { 'bin/greet': GREET, '.gitignore': 'bin/\n' } },
    says: 'the command bin/greet of greet is excluded by .gitignore: include it with !/bin/greet in .cpmignore',
  },
  'a function that leads out of the package': {
    manifest: { functions: [fn(['../greet'])] },
    says: 'the command ../greet of greet is outside the package',
  },
  'a function that is a shell command line': {
    manifest: { functions: [fn(['echo hello'])] },
    says: 'the command "echo hello" of greet is not a program name',
  },
  'two functions with the same name': {
    manifest: { functions: [fn(['sh']), fn(['bash'])] },
    says: 'the function greet for script is declared twice',
  },
  'a node that calls an undeclared function': {
    manifest: greets({ 'workflows/main.yaml': workflow(NODE.replace('greet', 'gret')) }),
    says: 'workflows/main.yaml:3:30 no function gret is declared for script; did you mean greet?',
  },
  'a node with a misspelled executor type': {
    manifest: greets({ 'workflows/main.yaml': workflow(NODE.replace('script', 'scripts')) }),
    says: 'no function is declared for scripts; did you mean script?',
  },
  'a node in a partial that calls an undeclared function': {
    manifest: greets({
      'workflows/main.yaml': workflow('{ $include: _a.yaml }'),
      'workflows/_a.yaml': NODE.replace('greet', 'shout'),
    }),
    says: 'workflows/_a.yaml:1:26 no function shout is declared for script',
  },
  'CRLF after #!': {
    manifest: { executables: ['bin/*'], files: { 'bin/greet.sh': '#!/bin/sh\r\necho\r\n' } },
    says: "bin/greet.sh:1:1 the #! line ends with CRLF, so its interpreter can't be found: save the file with LF (dos2unix)",
  },
  'a byte order mark before #!': {
    manifest: { executables: ['bin/*'], files: { 'bin/greet.sh': '\ufeff#!/bin/sh\n' } },
    says: 'bin/greet.sh:1:1 a byte order mark precedes #!, so the file is not executable',
  },
  'a path dependency': {
    manifest: { dependencies: { other: 'path:../other' } },
    says: 'colony.yaml:5:10 other is a path dependency, which works only on this machine: publish it and depend on a version',
  },
  'a path dependency in a list': {
    manifest: { dependencies: [{ name: 'other', version: 'path:../other' }] },
    says: 'colony.yaml:5:5 other is a path dependency',
  },
  'a workflow that is excluded': {
    manifest: greets({ '.cpmignore': 'workflows\n' }),
    says: 'workflows/main.yaml:1:1 excluded from the package by .cpmignore, so nobody else can run it',
  },
  'an excluded partial that a workflow includes': {
    manifest: greets({
      'workflows/main.yaml': workflow('{ $include: _a.yaml }'),
      'workflows/_a.yaml': NODE,
      'workflows/.gitignore': '_*\n',
    }),
    says: 'workflows/_a.yaml:1:1 excluded from the package by workflows/.gitignore, but workflows/main.yaml includes it',
  },
  'values that are excluded': {
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

/** Returns the error of `validate`, `pack` and `publish` for a folder, which must be the same. */
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

describe('validate, pack and publish refuse the same broken packages', () => {
  test.each(Object.entries(CASES))('%s', async (_what, { manifest, marked = [], says }) => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', manifest)
    for (const name of marked) fs.chmodSync(path.join(folder, name), 0o755)
    const error = await refusalOf(rig, folder)
    expect(error.code).toBe('MANIFEST_INVALID')
    expect(error.message).toContain(says)
  })

  test('a function whose file is not in `files`', async () => {
    await using rig = await Rig.create()
    const folder = rig.path('a')
    const manifest = `apiVersion: v1\nname: a\nversion: 1.0.0\nfiles: [docs]\nfunctions: [{ executortype: x, name: greet, command: [bin/greet] }]\n` // prettier-ignore
    rig.write({ 'colony.yaml': manifest, 'README.md': '', 'bin/greet': GREET }, folder)
    expect((await refusalOf(rig, folder)).message).toContain('the command bin/greet of greet is not packed: add it to files:') // prettier-ignore
  })

  test('an archive with a compression ratio beyond the limit', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', { files: { 'zeros.bin': Buffer.alloc(4 * 1024 * 1024) } })
    const error = await refusalOf(rig, folder)
    expect(error.code).toBe('ARCHIVE_TOO_LARGE')
    expect(error.message).toContain('(1 MiB plus 200 times the packed size)')
    expect(error.hint).toContain('the largest is zeros.bin (4.0 MiB)')
  })

  test('a file beyond the limit, without reading it', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', { files: { 'small.txt': 'small' } })
    fs.writeFileSync(path.join(folder, 'big.bin'), '')
    fs.truncateSync(path.join(folder, 'big.bin'), 6 * 1024 ** 3)
    const started = performance.now()
    const error = await refusalOf(rig, folder)
    // Reading the file four times would take minutes.
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(error.code).toBe('ARCHIVE_TOO_LARGE')
    expect(error.message).toBe('the archive is too large: it unpacks to 6.0 GiB; the limit is 4.0 GiB')
    expect(error.hint).toBe('exclude files in .cpmignore; the largest is big.bin (6.0 GiB)')
  })
})

describe('publish checks an archive that another tool made', () => {
  /** Packs files as they are, with the executable bits that are given. */
  const archived = async (rig: Rig, manifest: Manifest, executables: readonly string[] = []) => {
    const root = rig.package('a@1.0.0', manifest)
    const files = filesToPack(root, { files: ['**'], executables: [], allow: ['**'] })
    const output = rig.path('a.cpm')
    await poolHere(true).run(tasks.pack, {
      root,
      files: files.map((file) => ({ ...file, executable: executables.includes(file.path) })),
      output,
    })
    return output
  }
  const place = (rig: Rig) => ({ cwd: rig.root, env: { ...rig.env, CPM_SIGNING_KEY: '07'.repeat(32) } })
  const isPublished = (rig: Rig) => fs.existsSync(path.join(rig.registry, 'index', 'a'))

  test.each(
    Object.entries(CASES).filter(([, { manifest, marked }]) => !marked && !JSON.stringify(manifest).includes('ignore')),
  )('and refuses %s', async (_what, { manifest, says }) => {
    await using rig = await Rig.create()
    const executables = ['bin/greet', 'bin/greet.sh']
    const archive = await archived(rig, manifest, says.includes('not executable in the package') ? [] : executables)
    for (const dryRun of [true, false]) {
      const error = await errorOf(runCommand(publish, { sources: [archive], dryRun }, place(rig)))
      expect(error.code).toBe('MANIFEST_INVALID')
      // The words are those for a folder, and the place is in the archive.
      expect(error.message).toContain(/^(?:colony|workflows|bin)[^ ]*:1?/.test(says) ? `a.cpm/${says}` : says)
    }
    expect(isPublished(rig)).toBe(false)
  })

  test('and refuses a script without its executable bit', async () => {
    await using rig = await Rig.create()
    const file = await archived(rig, { functions: [fn(['bin/greet'])], files: { 'bin/greet': 'xx/bin/sh\n' } })
    // `pack` makes scripts executable, so the first two bytes are replaced afterwards.
    rewrite(file, (tar) => Buffer.from(tar.toString('latin1').replace('xx/bin/sh', GREET.trim()), 'latin1'))
    const error = await errorOf(runCommand(publish, { sources: [file] }, place(rig)))
    expect(error.message).toContain(
      'the command bin/greet of greet is not executable in the archive: pack it again with cpm pack',
    )
  })

  test('and warns of a native program without its executable bit', async () => {
    await using rig = await Rig.create()
    const archive = await archived(rig, { files: { 'bin/tool': ELF, 'lib/a.so': ELF } })
    const { events } = await runCommand(publish, { sources: [archive] }, place(rig))
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([
      {
        type: 'warning',
        code: 'PACKAGE_DOUBTFUL',
        message: 'a.cpm/bin/tool:1:1 a program (ELF) without its executable bit',
      },
    ])
    expect(isPublished(rig)).toBe(true)
  })

  test('and refuses a secret in a dry run too', async () => {
    await using rig = await Rig.create()
    const archive = await archived(rig, { files: { '.env': 'PASSWORD=hunter2\n' } })
    for (const dryRun of [true, false])
      expect(await errorOf(runCommand(publish, { sources: [archive], dryRun }, place(rig)))).toMatchObject({
        code: 'PACK_REFUSED',
      })
  })

  test('and runs the tests in it, unless --no-test is given', async () => {
    await using rig = await Rig.create()
    const tests = `cases: [{ name: the node, assert: [{ 'functions[0].nodename': b }] }]\n`
    const archive = await archived(rig, greets({ 'tests/main.yaml': tests }))
    const error = await errorOf(runCommand(publish, { sources: [archive] }, place(rig)))
    expect(error.code).toBe('TESTS_FAILED')
    expect(error.message).toContain('functions[0].nodename should be "b", but it is "a"')
    const { events } = await runCommand(publish, { sources: [archive], test: false }, place(rig))
    expect(events).toContainEqual({ type: 'warning', code: 'TESTS_SKIPPED', message: 'the tests of a@1.0.0 are not run (--no-test)' }) // prettier-ignore
    expect(isPublished(rig)).toBe(true)
  })
})

/** Changes the tar in an archive. */
function rewrite(file: string, change: (tar: Buffer) => Buffer): void {
  fs.writeFileSync(file, gzip(change(zlib.gunzipSync(fs.readFileSync(file)))))
}

describe('packages that run elsewhere are accepted', () => {
  test.each<[string, Manifest, string[]]>([
    ['a native program in executables:', { executables: ['bin/tool'], files: { 'bin/tool': ELF } }, ['bin/tool']], // prettier-ignore
    ['a library, which does not need to be executable', { files: { 'lib/a.so.1': ELF, 'b.node': ELF, 'c.dll': PE } }, ['lib/a.so.1', 'b.node', 'c.dll']], // prettier-ignore
    ['a text that starts like a program', { files: { 'MZ.txt': 'MZ is not a program' } }, ['MZ.txt']],
    ['a program in PATH', { functions: [fn(['python3', '-c', 'print(1)'])] }, []],
    ['a workflow for an executor type without declared functions', greets({ 'workflows/main.yaml': workflow(NODE.replace('script', 'container')) }), []], // prettier-ignore
    ['a function name from an expression', greets({ 'workflows/main.yaml': workflow(NODE.replace('greet', "'${pkg.name}'")) }), []], // prettier-ignore
    ['an excluded draft next to a workflow', greets({ 'workflows/draft.yaml': workflow(NODE), '.cpmignore': 'draft.yaml' }), []], // prettier-ignore
    ['a path dependency for development only', { devDependencies: { other: 'path:../other' } }, []],
    ['a source file whose first line only looks like #!', { files: { 'a.rs': '#![allow(dead_code)]\r\n' } }, []],
  ])('%s', async (_what, manifest, marked) => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', manifest)
    for (const name of marked) fs.chmodSync(path.join(folder, name), 0o755)
    const { events } = await runCommand(validate, {}, { cwd: folder, env: rig.env })
    expect(events).toEqual([])
  })
})

test('warns of what works but is usually a mistake', async () => {
  await using rig = await Rig.create()
  const folder = rig.package('a@1.0.0', { functions: [fn(['sh', 'bin/greet'])], files: { 'bin/greet': GREET } })
  fs.rmSync(path.join(folder, 'README.md'))
  const { events } = await runCommand(validate, {}, { cwd: folder, env: rig.env })
  expect(events.map((event) => event.type === 'warning' && event.message)).toEqual([
    "colony.yaml:9:9 greet can't find bin/greet, because it runs in the folder of its node: make bin/greet the command",
    'colony.yaml:1:1 the package has no README.md',
  ])
})
