import fs from 'node:fs'
import path from 'node:path'
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { type GlobalPackage, GlobalState } from '../../src/schema/global-state.ts'
import { publishedRig as garbageRig, gc } from '../rig/garbage.ts'
import { Rig } from '../rig/rig.ts'

const SCRIPT = (says: string) => `#!/bin/sh\necho ${says}\n`

/** A machine with `tool`, which needs `dep`, and `other`, which has an executable of the same name. */
async function publishedRig(): Promise<Rig> {
  const rig = await Rig.create()
  await rig.publish('dep@1.0.0')
  await rig.publish(
    ['tool@1.0.0', { dependencies: { dep: '^1.0.0' }, files: { 'bin/tool': SCRIPT('one'), 'bin/notes.txt': 'x' } }],
    ['other@1.0.0', { files: { 'bin/tool': SCRIPT('other') } }],
    ['@org/plain@1.0.0', { files: { 'scripts/plain': SCRIPT('plain') } }],
  )
  return rig
}

async function publishNewer(rig: Rig): Promise<void> {
  await rig.publish('dep@1.1.0', [
    'tool@1.1.0',
    { dependencies: { dep: '^1.0.0' }, files: { 'bin/tool': SCRIPT('two'), 'bin/more': SCRIPT('more') } },
  ])
}

async function ok(rig: Rig, line: string) {
  const result = await rig.cpm(line)
  expect(result.code, `${line}: ${result.stdout}${result.stderr}`).toBe(0)
  return result
}

function stateOf(rig: Rig) {
  const { packages, ...state } = GlobalState.parse(JSON.parse(rig.read('home/state.json')))
  return { ...state, packages: packages as Partial<Record<string, GlobalPackage>> }
}

function runs(rig: Rig, name: string): string {
  return execFileSync(path.join(rig.home, 'bin', name), { encoding: 'utf8' }).trim()
}

function commands(rig: Rig): string[] {
  const bin = path.join(rig.home, 'bin')
  return fs.existsSync(bin) ? fs.readdirSync(bin).sort() : []
}

describe('a global package', () => {
  test('is installed with a lock of its own, and its executables run from the bin folder', async () => {
    await using rig = await publishedRig()
    const { stdout, stderr } = await ok(rig, 'install -g tool @org/plain')
    expect(stdout).toContain('+ tool 1.0.0 (with 1 other package; executables: tool)')
    expect(stderr).toContain(`warning: ${rig.home}/bin is not on your PATH`)
    expect(commands(rig)).toEqual(['tool'])
    expect(runs(rig, 'tool')).toBe('one')
    const root = path.join(rig.home, 'packages/tool/1.0.0')
    expect(
      Object.keys((JSON.parse(rig.read(path.join(root, 'colony.lock'))) as { packages: object }).packages),
    ).toEqual(['dep', 'tool'])
    const { packages, pending, totals } = stateOf(rig)
    expect(packages.tool).toMatchObject({ version: '1.0.0', path: root, executables: ['tool'], dependencies: 1 })
    expect(packages.tool?.requestedBy).not.toBe('')
    expect([pending, totals]).toEqual([[], { packages: 2, dependencies: 1, executables: 1 }])
    const listed = (await ok(rig, 'list -g --json')).json.data as { packages: { name: string; version: string }[] }
    expect(listed.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['@org/plain 1.0.0', 'tool 1.0.0'])
    expect((await ok(rig, 'verify -g')).stdout).toContain('proven: 3 packages')
    expect((await ok(rig, 'why -g dep')).stdout).toContain('global tool → tool 1.0.0 (^1.0.0) → dep 1.0.0 (^1.0.0)')
    expect(fs.existsSync(path.join((await ok(rig, 'path -g tool')).stdout, 'bin/tool'))).toBe(true)
  })

  test('moves to a new version as a whole, and the old one goes', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool')
    await publishNewer(rig)
    const before = rig.files(rig.home)
    expect((await ok(rig, 'update -g --dry-run')).stdout).toContain('+ tool 1.1.0 (was 1.0.0')
    expect(rig.files(path.join(rig.home, 'packages'))).toEqual(
      before.flatMap((file) => (file.startsWith('packages/') ? [file.slice('packages/'.length)] : [])),
    )
    expect((await ok(rig, 'update -g')).stdout).toContain('+ tool 1.1.0 (was 1.0.0')
    expect(commands(rig)).toEqual(['more', 'tool'])
    expect(runs(rig, 'tool')).toBe('two')
    expect(fs.readdirSync(path.join(rig.home, 'packages/tool'))).toEqual(['1.1.0'])
    expect((await ok(rig, 'update -g')).stdout).toBe('up to date: 1 global package')
    // An older version is asked for by its range.
    await ok(rig, 'install -g tool@1.0.0')
    expect([commands(rig), runs(rig, 'tool')]).toEqual([['tool'], 'one'])
    expect((await ok(rig, 'update -g tool')).stdout).toBe('up to date: 1 global package')
    expect((await ok(rig, 'update -g tool --latest')).stdout).toContain('+ tool 1.1.0')
  })

  test('keeps its version when only a dependency is updated', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool')
    await rig.publish('dep@1.1.0')
    await ok(rig, 'install -g tool')
    expect(rig.read('home/packages/tool/1.0.0/colony.lock')).toContain('"version": "1.0.0"')
    const { installedAt } = stateOf(rig).packages.tool ?? {}
    await ok(rig, 'update -g tool')
    expect(rig.read('home/packages/tool/1.0.0/colony.lock')).toContain('"version": "1.1.0"')
    expect(stateOf(rig).packages.tool).toMatchObject({ version: '1.0.0', installedAt })
  })

  test('is removed with its links, and its packages are garbage then', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool')
    expect((await ok(rig, 'uninstall -g tool --dry-run')).stdout).toContain('1 global package would be removed')
    expect(commands(rig)).toEqual(['tool'])
    expect((await ok(rig, 'uninstall -g tool')).stdout).toBe('- tool 1.0.0\n1 global package removed')
    expect([commands(rig), rig.files(path.join(rig.home, 'packages'))]).toEqual([[], []])
    expect((await gc(rig)).labels).toEqual(['dep@1.0.0', 'tool@1.0.0'])
    for (const line of ['uninstall -g tool', 'update -g tool', 'path -g tool'])
      expect(await rig.cpm(line), line).toMatchObject({
        code: 7,
        stderr: expect.stringContaining('not installed globally') as string,
      })
  })

  test('is mended by install -g: a lost root, a changed file and a lost link', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool @org/plain')
    fs.rmSync(path.join(rig.home, 'packages/@org/plain/1.0.0'), { recursive: true })
    fs.rmSync(path.join(rig.home, 'bin/tool'))
    expect((await ok(rig, 'update -g @org/plain')).stdout).toContain('+ @org/plain 1.0.0')
    fs.rmSync(path.join(rig.home, 'packages/@org/plain/1.0.0'), { recursive: true })
    fs.chmodSync(rig.storeFile('bin/tool'), 0o755)
    fs.writeFileSync(rig.storeFile('bin/tool'), SCRIPT('evil'))
    const verified = await rig.cpm('verify -g')
    expect(verified.code).not.toBe(0)
    expect(verified.stderr).toContain('global package tool: 1 package does not match the lock')
    expect(verified.stderr).toContain('hint: cpm install -g')
    await ok(rig, 'install -g')
    expect(runs(rig, 'tool')).toBe('one')
    await ok(rig, 'verify -g')
  })

  test('is mended by install -g after its home was moved', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool')
    const env = { CPM_HOME: rig.path('moved') }
    fs.renameSync(rig.home, env.CPM_HOME)
    const listed = (await rig.cpm('list -g --json', { env })).json.data as { packages: { path: string }[] }
    expect(listed.packages.map(({ path }) => path)).toEqual([rig.path('moved/packages/tool/1.0.0')])
    const { code, stderr } = await rig.cpm('install -g', { env })
    expect(code, stderr).toBe(0)
    expect(execFileSync(rig.path('moved/bin/tool'), { encoding: 'utf8' })).toBe('one\n')
    expect((await rig.cpm('verify -g', { env })).code).toBe(0)
    expect(rig.read('moved/state.json')).toContain(rig.path('moved/packages/tool/1.0.0'))
  })

  test('is a real copy in copy mode', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool --copy')
    expect(fs.lstatSync(path.join(rig.home, 'packages/tool/1.0.0/colony_packages/tool')).isDirectory()).toBe(true)
    expect(runs(rig, 'tool')).toBe('one')
    rig.write({ 'home/config.json': '{"install": {"mode": "copy"}}' })
    await publishNewer(rig)
    await ok(rig, 'update -g')
    expect(fs.lstatSync(path.join(rig.home, 'packages/tool/1.1.0/colony_packages/dep')).isDirectory()).toBe(true)
    expect([runs(rig, 'tool'), (await ok(rig, 'verify -g')).code]).toEqual(['two', 0])
  })
})

describe('an executable is refused, and nothing changes, if', () => {
  test('another global package has one of that name', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool')
    const before = rig.read('home/state.json')
    const { json } = await rig.cpm('install -g other @org/plain --json')
    expect(json.error).toMatchObject({ code: 'EXECUTABLE_CONFLICT', hint: 'cpm uninstall -g tool' })
    expect([runs(rig, 'tool'), rig.read('home/state.json')]).toEqual(['one', before])
    expect(fs.readdirSync(path.join(rig.home, 'packages')).sort()).toEqual(['.cpm', 'tool'])
    const both = await rig.cpm('install -g other tool')
    expect(both.stderr).toContain('both have an executable named tool')
    await ok(rig, 'uninstall -g tool')
    await ok(rig, 'install -g other')
    expect(runs(rig, 'tool')).toBe('other')
  })

  test.each([
    ['a file', (file: string) => { fs.writeFileSync(file, 'mine') }],
    ['a folder', (file: string) => { fs.mkdirSync(file) }],
    ['a link to somewhere else', (file: string) => { fs.symlinkSync('/bin/true', file) }],
  ])('cpm did not create %s in its place', async (_what, make) => {
    await using rig = await publishedRig()
    fs.mkdirSync(path.join(rig.home, 'bin'), { recursive: true })
    make(path.join(rig.home, 'bin/tool'))
    const { json } = await rig.cpm('install -g tool --json')
    expect(json.error).toMatchObject({ code: 'EXECUTABLE_CONFLICT', hint: `move it away: mv ${rig.home}/bin/tool ${rig.home}/bin/tool.old` })
    expect(fs.existsSync(path.join(rig.home, 'packages/tool'))).toBe(false)
    expect(stateOf(rig)).toMatchObject({ packages: {}, pending: [] })
    // Other packages are not affected, and don't touch it.
    await ok(rig, 'install -g @org/plain')
    await ok(rig, 'uninstall -g @org/plain')
    expect(commands(rig)).toEqual(['tool'])
  }) // prettier-ignore

  test('its folder is not writable: everything is as before', async () => {
    await using rig = await publishedRig()
    await ok(rig, 'install -g tool')
    await publishNewer(rig)
    const before = rig.read('home/state.json')
    // Root can write to any folder, but nobody can put a link into a file.
    fs.rmSync(path.join(rig.home, 'bin'), { recursive: true })
    fs.writeFileSync(path.join(rig.home, 'bin'), '')
    expect((await rig.cpm('update -g')).code).not.toBe(0)
    fs.rmSync(path.join(rig.home, 'bin'))
    await ok(rig, 'install -g')
    expect(runs(rig, 'tool')).toBe('one')
    expect(rig.read('home/state.json')).toBe(before)
    expect(fs.readdirSync(path.join(rig.home, 'packages/tool'))).toEqual(['1.0.0'])
  })
})

test('several packages are installed together or not at all', async () => {
  await using rig = await publishedRig()
  const archive = path.join(rig.registry, 'packages/@org/plain/1.0.0/plain-1.0.0.cpm')
  const bytes = fs.readFileSync(archive)
  fs.chmodSync(archive, 0o644)
  fs.writeFileSync(archive, bytes.subarray(1))
  expect((await rig.cpm('install -g tool @org/plain')).code).toBe(5)
  expect([rig.files(path.join(rig.home, 'packages')), commands(rig)]).toEqual([[], []])
  expect(stateOf(rig)).toMatchObject({ packages: {}, pending: [] })
})

test.each([
  ['install tool', 'cpm install -g tool'],
  ['install tool@1', 'cpm install -g tool@1'],
  ['uninstall tool', 'cpm uninstall -g tool'],
  ['update', 'cpm update -g'],
  ['update tool', 'cpm update -g tool'],
  ['list', 'cpm list -g'],
  ['verify', 'cpm verify -g'],
  ['path tool', 'cpm path -g tool'],
])('without a project, cpm %s says so and asks for -g', async (line, hint) => {
  await using rig = await Rig.create()
  const { json } = await rig.cpm(`${line} --json`)
  expect(json.error).toMatchObject({
    code: 'PROJECT_NOT_FOUND',
    hint: `to start a project: cpm init; without a project: ${hint}`,
  })
})

test('a damaged state is an error, not an empty list', async () => {
  await using rig = await publishedRig()
  await ok(rig, 'install -g tool')
  const state = stateOf(rig)
  const damaged = [
    '',
    '{"schemaVersion": 1',
    '{}',
    JSON.stringify({ ...state, packages: { tool: { ...state.packages.tool, executables: ['../../tool'] } } }),
    JSON.stringify({ ...state, packages: { '../tool': state.packages.tool } }),
  ]
  for (const text of damaged) {
    rig.write({ 'home/state.json': text })
    for (const line of ['list -g --json', 'install -g tool --json', 'uninstall -g tool --json', 'verify -g --json'])
      expect((await rig.cpm(line)).json.error, `${line}: ${text}`).toMatchObject({ code: 'CONFIG_INVALID' })
  }
  expect(commands(rig)).toEqual(['tool'])
})

test('project options are refused with -g', async () => {
  await using rig = await publishedRig()
  for (const option of ['--dev', '--frozen'])
    expect((await rig.cpm(`install -g tool ${option}`)).stderr).toContain(`${option} can't be used with --global`)
})

test('the settings of a project do not apply to global packages', async () => {
  await using rig = await publishedRig()
  const cwd = rig.project()
  rig.write({ '.cpmrc': 'install: { mode: copy }\nregistry: { default: /nowhere }\n' }, cwd)
  expect((await rig.cpm('install -g tool', { cwd })).code).toBe(0)
  expect(fs.lstatSync(path.join(rig.home, 'packages/tool/1.0.0/colony_packages/tool')).isSymbolicLink()).toBe(true)
})

test('two commands at once both take effect', async () => {
  await using rig = await publishedRig()
  const results = await Promise.all([rig.binary('install -g tool'), rig.binary('install -g @org/plain')])
  expect(results.map(({ code }) => code)).toEqual([0, 0])
  expect(Object.keys(stateOf(rig).packages)).toEqual(['@org/plain', 'tool'])
})

test('gc and store verify count global roots as users, also without their notes', async () => {
  await using rig = await garbageRig()
  await ok(rig, 'install -g a')
  fs.rmSync(path.join(rig.store, 'projects'), { recursive: true })
  expect((await gc(rig)).labels).toEqual([])
  const entry = rig.files(rig.store).find((file) => file.endsWith('README.md')) ?? ''
  fs.chmodSync(path.join(rig.store, entry), 0o644)
  fs.appendFileSync(path.join(rig.store, entry), 'x')
  const { stderr } = await rig.cpm('store verify')
  expect(stderr).toContain(`used by ${rig.home}/packages/a/1.0.0`)
  await ok(rig, 'store verify --repair')
  await ok(rig, 'verify -g')
})
