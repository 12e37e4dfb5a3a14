import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { wideFolder } from '../../src/core/wide-folder.ts'
import { Rig } from '../rig/rig.ts'

describe('installing', () => {
  test('adds a package with ^, locks it and links it', async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.2.0', { dependencies: { b: '^2.0.0' } }], 'b@2.1.0', 'b@2.0.0')
    const project = rig.project()
    const { code, stdout } = await rig.cpm('install a', { cwd: project })
    expect(code).toBe(0)
    expect(stdout).toContain('+ a 1.2.0')
    expect(rig.read(path.join(project, 'colony.yaml'))).toBe('apiVersion: v1\ndependencies:\n  a: ^1.2.0\n')
    const lock = JSON.parse(rig.read(path.join(project, 'colony.lock'))) as {
      packages: Record<string, { version: string }>
    }
    expect(Object.entries(lock.packages).map(([name, { version }]) => `${name}@${version}`)).toEqual([
      'a@1.2.0',
      'b@2.1.0',
    ])
    expect(fs.readFileSync(path.join(project, 'colony_packages/b/README.md'), 'utf8')).toBe('# b@2.1.0\n')
  })

  test('adds the exact version with --exact, an explicit range unchanged, and dev dependencies with --dev', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.2.0', 'b@1.0.0', '@org/c@3.0.0')
    const project = rig.project()
    await rig.cpm('install a --exact', { cwd: project })
    await rig.cpm(['install', 'b@>=1 <3'], { cwd: project })
    await rig.cpm('install @org/c --dev', { cwd: project })
    expect(rig.read(path.join(project, 'colony.yaml'))).toBe(
      "apiVersion: v1\ndependencies:\n  a: '1.2.0'\n  b: '>=1 <3'\ndevDependencies:\n  '@org/c': ^3.0.0\n",
    )
    expect(fs.readdirSync(path.join(project, 'colony_packages/@org'))).toEqual(['c'])
  })

  test('keeps the comments and order of colony.yaml', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0', 'm@1.0.0', 'z@1.0.0')
    const project = rig.project()
    const text = `# a project of ours
apiVersion: v1

dependencies: # what we need
  # the letter z
  z: ^1.0.0   # newest

  a: '^1.0.0'

# the end
description:   "spaces  stay"
`
    rig.write({ 'colony.yaml': text }, project)
    const added = await rig.cpm('install m', { cwd: project })
    expect(added.code).toBe(0)
    expect(rig.read(path.join(project, 'colony.yaml'))).toBe(
      text.replace("  a: '^1.0.0'\n", "  a: '^1.0.0'\n  m: ^1.0.0\n"),
    )
    await rig.cpm('uninstall m', { cwd: project })
    expect(rig.read(path.join(project, 'colony.yaml'))).toBe(text)
  })

  test('keeps the locked version when a newer one appears, and reports that the project is up to date', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '^1.0.0' } })
    await rig.cpm('install', { cwd: project })
    const lock = rig.read(path.join(project, 'colony.lock'))
    await rig.publish('a@1.1.0')
    expect((await rig.cpm('install', { cwd: project })).stdout).toBe('up to date: 1 package')
    expect(rig.read(path.join(project, 'colony.lock'))).toBe(lock)
  })

  test('creates no colony_packages if it cannot read colony.yaml or colony.lock, or change colony.yaml', async () => {
    await using rig = await Rig.create()
    const empty = rig.project()
    rig.write({ 'colony.yaml': '' }, empty)
    const blocked = rig.project({ dependencies: { a: '*' } })
    rig.write({ 'colony.lock/file': '' }, blocked)
    const other = rig.project()
    const results = [
      await rig.cpm('install --json', { cwd: empty }),
      await rig.cpm('install --json', { cwd: blocked }),
      await rig.cpm('uninstall a --json', { cwd: other }),
    ]
    expect(results.map(({ json }) => json.error?.code)).toEqual([
      'MANIFEST_INVALID',
      'FILE_UNREADABLE',
      'PACKAGE_NOT_FOUND',
    ])
    for (const project of [empty, blocked, other])
      expect(fs.existsSync(path.join(project, 'colony_packages'))).toBe(false)
  })

  test('refuses two different requirements of one package, and accepts a repeated one', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0', 'a@2.0.0')
    const project = rig.project()
    const { code, json } = await rig.cpm('install a@1.0.0 a@2.0.0 --json', { cwd: project })
    expect([code, json.error]).toMatchObject([
      2,
      { code: 'USAGE', message: 'a@1.0.0 and a@2.0.0 are the same package' },
    ])
    expect((await rig.cpm('install a@1.0.0 a@1.0.0', { cwd: project })).code).toBe(0)
  })

  test('needs no registry when the project is up to date', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '^1.0.0' } })
    await rig.cpm('install', { cwd: project })
    fs.rmSync(rig.registry, { recursive: true })
    expect((await rig.cpm('install --offline', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('ci', { cwd: project })).code).toBe(0)
  })

  test('prints a plan with --dry-run and changes nothing', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project()
    const { code, json } = await rig.cpm('install a --dry-run --json', { cwd: project })
    expect(code).toBe(0)
    expect(json.data).toMatchObject({ dryRun: true, packages: [{ name: 'a', version: '1.0.0', action: 'put' }] })
    expect(rig.files(project)).toEqual(['colony.yaml'])
  })

  test('makes real copies with --copy, which verify proves, and links again without it', async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.0.0', { files: { 'bin/run': '#!/bin/sh\n' } }])
    const project = rig.project({ dependencies: { a: '*' } })
    await rig.cpm('install --copy', { cwd: project })
    const file = path.join(project, 'colony_packages/a/bin/run')
    expect(fs.lstatSync(path.join(project, 'colony_packages/a')).isDirectory()).toBe(true)
    expect(fs.statSync(file).mode & 0o777).toBe(0o755)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    fs.appendFileSync(file, 'echo changed\n')
    expect((await rig.cpm('verify', { cwd: project })).stderr).toContain('a@1.0.0: changed bin/run')
    expect((await rig.cpm('ci --copy', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    await rig.cpm('install', { cwd: project })
    expect(fs.lstatSync(path.join(project, 'colony_packages/a')).isSymbolicLink()).toBe(true)
  })

  test("copies if the project's committed settings say so", async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    rig.write({ 'colony.config.yaml': 'install: { mode: copy }\n' }, project)
    await rig.cpm('install', { cwd: project })
    expect(fs.lstatSync(path.join(project, 'colony_packages/a')).isDirectory()).toBe(true)
    expect((await rig.cpm('install', { cwd: project })).stdout).toBe('up to date: 1 package')
  })

  test('links a local folder with path:, without a digest in the lock, and publish refuses it', async () => {
    await using rig = await Rig.create()
    await rig.publish('b@1.0.0')
    rig.write({ 'tools/colony.yaml': 'apiVersion: v1\nname: tools\nversion: 0.1.0\ndependencies: { b: ^1.0.0 }\n' })
    const project = rig.project({ name: 'app', version: '1.0.0', dependencies: { tools: 'path:../tools' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect(fs.realpathSync(path.join(project, 'colony_packages/tools'))).toBe(rig.path('tools'))
    const lock = JSON.parse(rig.read(path.join(project, 'colony.lock'))) as { packages: Record<string, unknown> }
    expect(lock.packages.tools).toEqual({ path: '../tools', version: '0.1.0', dependencies: { b: '^1.0.0' } })
    expect((await rig.cpm('verify', { cwd: project })).stdout).toContain('not provable because they are folders: tools')
    expect((await rig.cpm('publish --json', { cwd: project })).json.error?.code).toBe('MANIFEST_INVALID')
  })

  test('updates the lock if a local folder changed, among other packages', async () => {
    await using rig = await Rig.create()
    await rig.publish('b@1.0.0', 'c@1.0.0')
    const manifest = 'apiVersion: v1\nname: tools\nversion: 0.1.0\n'
    rig.write({ 'tools/colony.yaml': manifest })
    const project = rig.project({ dependencies: { b: '*', tools: 'path:../tools' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    rig.write({ 'tools/colony.yaml': `${manifest}dependencies: { c: ^1.0.0 }\n` })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect(fs.existsSync(path.join(project, 'colony_packages/c/README.md'))).toBe(true)
  })

  test('installs packages with circular dependencies', async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }], ['b@1.0.0', { dependencies: { a: '*' } }])
    const project = rig.project({ dependencies: { a: '*' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('shares one store between projects', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const [one, two] = [rig.project({ dependencies: { a: '*' } }), rig.project({ dependencies: { a: '*' } })]
    await rig.cpm('install', { cwd: one })
    const second = await rig.cpm('install --json', { cwd: two })
    expect(second.json.data).toMatchObject({ unpacked: 0 })
    expect(fs.readdirSync(path.join(rig.store, 'projects'))).toHaveLength(2)
  })

  test('explains why there is no solution and exits 7', async () => {
    await using rig = await Rig.create()
    await rig.publish(
      ['a@1.0.0', { dependencies: { c: '^1.0.0' } }],
      ['b@1.0.0', { dependencies: { c: '^2.0.0' } }],
      'c@1.0.0',
      'c@2.0.0',
    )
    const project = rig.project({ dependencies: { a: '*', b: '*' } })
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect(code).toBe(7)
    for (const word of ['NO_SOLUTION', 'a', 'b', 'c']) expect(stderr).toContain(word)
    expect(rig.files(project).filter((file) => file.endsWith('.lock'))).toEqual([])
  })

  test('distinguishes a missing package from a missing version', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const missing = await rig.cpm('install nosuch', { cwd: rig.project() })
    const tooNew = await rig.cpm('install a@^9.0.0', { cwd: rig.project() })
    expect(missing.code).toBe(7)
    expect(missing.stderr).toMatch(/nosuch/)
    expect(tooNew.code).toBe(7)
    expect(tooNew.stderr).toMatch(/1\.0\.0/)
  })

  test('works in a subfolder of a project, and suggests cpm init without a project', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    fs.mkdirSync(path.join(project, 'deep/er'), { recursive: true })
    expect((await rig.cpm('install', { cwd: path.join(project, 'deep/er') })).code).toBe(0)
    const { code, stderr } = await rig.cpm('install')
    expect(code).toBe(2)
    expect(stderr).toContain('cpm init')
  })
})

describe('the lock', () => {
  test('B04 ci refuses an outdated lock, installs nothing and exits 3', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0', 'b@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    expect((await rig.cpm('ci', { cwd: project })).code).toBe(3)
    await rig.cpm('install', { cwd: project })
    rig.write({ 'colony.yaml': "apiVersion: v1\ndependencies: { a: '*', b: '*' }\n" }, project)
    const { code, stderr } = await rig.cpm('ci', { cwd: project })
    expect(code).toBe(3)
    expect(stderr).toContain('LOCK_OUTDATED')
    expect(fs.existsSync(path.join(project, 'colony_packages/b'))).toBe(false)
  })

  test('is frozen by default if CI is set', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    expect((await rig.cpm('install', { cwd: project, env: { CI: 'true' } })).code).toBe(3)
    expect((await rig.cpm('install --no-frozen', { cwd: project, env: { CI: 'true' } })).code).toBe(0)
    expect((await rig.cpm('install', { cwd: project, env: { CI: 'true' } })).code).toBe(0)
  })

  test('G11 contains no paths or hosts of this machine, and is byte-identical wherever it is created', async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }], 'b@1.0.0')
    const one = rig.project({ dependencies: { a: '*', b: '*' } })
    const two = rig.project({ dependencies: { b: '*', a: '*' } })
    await rig.cpm('install', { cwd: one })
    await rig.cpm('install', { cwd: two, env: { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8' } })
    const lock = rig.read(path.join(one, 'colony.lock'))
    expect(lock).not.toContain(rig.root)
    expect(lock).not.toMatch(/[/\\]/)
    expect(rig.read(path.join(two, 'colony.lock'))).toBe(lock)
  })

  test('merges in git when two branches add dependencies in different places', async () => {
    await using rig = await Rig.create()
    await rig.publish('alpha@1.0.0', 'left@1.0.0', 'mid@1.0.0', 'next@1.0.0', 'omega@1.0.0')
    const project = rig.project({ dependencies: { left: '*', mid: '*', next: '*' } })
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: project,
        stdio: 'pipe',
      }).toString()
    await rig.cpm('install', { cwd: project })
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'one')
    git('checkout', '-qb', 'left')
    await rig.cpm('install alpha', { cwd: project })
    git('commit', '-qam', 'left')
    git('checkout', '-q', 'main')
    await rig.cpm('install omega', { cwd: project })
    git('commit', '-qam', 'right')
    git('merge', '-q', '--no-edit', 'left')
    expect(git('status', '--porcelain')).toBe('')
    expect((await rig.cpm('ci', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('list --json', { cwd: project })).json.data).toMatchObject({
      packages: [{ name: 'alpha' }, { name: 'left' }, { name: 'mid' }, { name: 'next' }, { name: 'omega' }],
    })
  })

  test('with conflict markers is repaired by install and refused by ci', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0', 'b@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    await rig.cpm('install', { cwd: project })
    const file = path.join(project, 'colony.lock')
    const text = rig.read(file)
    await rig.publish('a@1.1.0')
    const line = '        "a": "*"\n'
    fs.writeFileSync(
      file,
      text.replace(line, `<<<<<<< ours\n${line}=======\n        "a": "*",\n        "b": "*"\n>>>>>>> theirs\n`),
    )
    const at = rig.read(file).split('\n').indexOf('<<<<<<< ours') + 1
    const ci = await rig.cpm('ci', { cwd: project })
    expect([ci.code, ci.stderr]).toEqual([3, expect.stringContaining(`colony.lock:${at} has conflict markers, and`)])
    for (const command of ['list', 'verify', 'why a']) {
      const { code, stderr } = await rig.cpm(command, { cwd: project })
      expect([code, stderr], command).toEqual([
        1,
        expect.stringMatching(
          new RegExp(
            `^error\\[LOCK_INVALID\\]: colony.lock:${at}:1 has conflict markers\n[^>]*\n  > +${at} \\| <<<<<<< ours\n`,
          ),
        ),
      ])
    }
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect(rig.read(file)).toBe(text)
  })

  test.each([
    [
      'tree',
      (text: string) =>
        text.replace(/("tree": "blake3:)(.)/, (_, head: string, c: string) => `${head}${c === '0' ? '1' : '0'}`),
    ],
    [
      'tar',
      (text: string) =>
        text.replace(/("tar": "blake3:)(.)/, (_, head: string, c: string) => `${head}${c === '0' ? '1' : '0'}`),
    ],
    [
      'owner',
      (text: string) =>
        text.replace(/("owner": ")(.)/, (_, head: string, c: string) => `${head}${c === '0' ? '1' : '0'}`),
    ],
    [
      'dependencies',
      (text: string) => text.replace('"dependencies": {}', '"dependencies": {\n        "zzz": "*"\n      }'),
    ],
  ])('B03 with a changed %s is refused before anything is installed', async (field, edit) => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    await rig.cpm('install', { cwd: project })
    const file = path.join(project, 'colony.lock')
    fs.writeFileSync(file, edit(rig.read(file)))
    // Even on a machine without a store or cache.
    fs.rmSync(path.join(project, 'colony_packages'), { recursive: true })
    fs.rmSync(rig.store, { recursive: true })
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    const { code } = await rig.cpm('ci', { cwd: project })
    expect(code).toBe(field === 'dependencies' ? 3 : 5)
    expect(fs.existsSync(path.join(project, 'colony_packages/a'))).toBe(false)
  })

  test('B03 with another registry is refused, and the error names the registry', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    await rig.cpm('install', { cwd: project })
    const file = path.join(project, 'colony.lock')
    fs.writeFileSync(file, rig.read(file).replace(/"registry": "[^"]*"/, '"registry": "elsewhere"'))
    fs.rmSync(rig.store, { recursive: true })
    const { code, stderr } = await rig.cpm('ci', { cwd: project })
    expect(code).toBe(8)
    expect(stderr).toContain('elsewhere')
  })

  test.each([
    'null',
    '[]',
    '{}',
    '{"schemaVersion":2}',
    '{"schemaVersion":1,"roots":',
    '"x"',
    '{"schemaVersion":1,"roots":{".":null},"omitted":[],"packages":7}',
  ])('B08 that contains %s is refused without a stack trace', async (text) => {
    await using rig = await Rig.create()
    const project = rig.project()
    rig.write({ 'colony.lock': text }, project)
    const { code, stderr } = await rig.cpm('ci', { cwd: project })
    expect(code).toBe(1)
    expect(stderr).toContain('LOCK_INVALID')
    expect(stderr).not.toContain('    at ')
  })
})

describe('uninstalling', () => {
  test('removes a package and the dependencies that only it needed', async () => {
    await using rig = await Rig.create()
    await rig.publish(
      ['a@1.0.0', { dependencies: { c: '*' } }],
      ['b@1.0.0', { dependencies: { d: '*' } }],
      'c@1.0.0',
      '@org/e@1.0.0',
      'd@1.0.0',
    )
    const project = rig.project({ dependencies: { a: '*', b: '*', '@org/e': '*' } })
    await rig.cpm('install', { cwd: project })
    const { code, stdout } = await rig.cpm('uninstall a @org/e', { cwd: project })
    expect(code).toBe(0)
    expect(stdout).toContain('- c')
    expect(fs.readdirSync(path.join(project, 'colony_packages')).sort()).toEqual(['.cpm', '.gitignore', 'b', 'd'])
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('suggests a similar name for an unknown dependency', async () => {
    await using rig = await Rig.create()
    await rig.publish('thumbnails@1.0.0')
    const project = rig.project({ dependencies: { thumbnails: '*' } })
    const { code, stderr } = await rig.cpm('uninstall thumbnail', { cwd: project })
    expect(code).toBe(7)
    expect(stderr).toContain('did you mean thumbnails?')
  })
})

describe('a hostile project', () => {
  test('B02 with a symlink in place of colony_packages is refused, and its target is untouched', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    rig.write({ 'precious/a/keep.txt': 'keep', 'precious/b/keep.txt': 'keep' })
    fs.symlinkSync(rig.path('precious'), path.join(project, 'colony_packages'))
    for (const command of ['install', 'ci', 'uninstall a']) {
      expect((await rig.cpm(command, { cwd: project })).code, command).toBe(6)
    }
    expect(rig.files(rig.path('precious'))).toEqual(['a/keep.txt', 'b/keep.txt'])
  })

  test("B02 with a symlink in place of cpm's own folder is refused, and its target is untouched", async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    rig.write({ 'precious/keep.txt': 'keep' })
    fs.mkdirSync(path.join(project, 'colony_packages'))
    fs.symlinkSync(rig.path('precious'), path.join(project, 'colony_packages/.cpm'))
    for (const command of ['install', 'ci', 'uninstall a'])
      expect((await rig.cpm(command, { cwd: project })).code, command).toBe(6)
    expect(rig.files(rig.path('precious'))).toEqual(['keep.txt'])
    expect(fs.readdirSync(path.join(project, 'colony_packages'))).toEqual(['.cpm'])
  })

  test("install refuses to replace a user's folder in the place of a package unless it is empty", async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    rig.write({ 'colony_packages/a/mine.txt': 'mine' }, project)
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect([code, stderr]).toEqual([6, expect.stringContaining('colony_packages/a')])
    expect(rig.files(path.join(project, 'colony_packages', 'a'))).toEqual(['mine.txt'])
    fs.rmSync(path.join(project, 'colony_packages', 'a', 'mine.txt'))
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  })

  test('B02 with a symlink in place of the folder of a scope is refused', async () => {
    await using rig = await Rig.create()
    await rig.publish('@org/a@1.0.0')
    const project = rig.project({ dependencies: { '@org/a': '*' } })
    rig.write({ 'precious/keep.txt': 'keep' })
    fs.mkdirSync(path.join(project, 'colony_packages'))
    fs.symlinkSync(rig.path('precious'), path.join(project, 'colony_packages/@org'))
    expect((await rig.cpm('install', { cwd: project })).code).toBe(6)
    expect(rig.files(rig.path('precious'))).toEqual(['keep.txt'])
  })

  test("B02 with its own journal can't change files outside the project", async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    rig.write({ 'precious/keep.txt': 'keep' })
    const hostile = [
      '{"schemaVersion":1,"steps":[{"do":"remove","name":"../../precious"}]}',
      '{"schemaVersion":1,"steps":[{"do":"replace","file":"../precious/keep.txt","staged":"0"}]}',
      '{"schemaVersion":1,"steps":[{"do":"run","command":["rm","-rf","precious"]}]}',
    ]
    for (const journal of hostile) {
      const staging = path.join(project, 'colony_packages/.cpm/00000000-1-1-00000000')
      rig.write({ 'journal.json': journal, '0': 'changed' }, staging)
      const { code, stderr } = await rig.cpm('install', { cwd: project })
      expect(code, stderr).toBe(1)
      expect(stderr).toContain('JOURNAL_INVALID')
      fs.rmSync(staging, { recursive: true })
    }
    expect(rig.read('precious/keep.txt')).toBe('keep')
  })

  test('B02 in the home folder or in / is changed only from there, and what is below is not part of it', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0', 'b@1.0.0')
    const home = rig.project({ dependencies: { a: '*' } })
    const env = { HOME: home }
    const below = path.join(home, 'downloads', 'deep')
    fs.mkdirSync(below, { recursive: true })
    const commands = ['install', 'install b', 'ci', 'update', 'uninstall a', 'publish --workspace']
    const before = rig.files(home)
    const refuse = async (changed = env) => {
      for (const command of commands) {
        const { code, stderr } = await rig.cpm(command, { cwd: below, env: changed })
        expect([code, stderr], command).toEqual([
          6,
          expect.stringContaining('to start a project here: cpm init --bare'),
        ])
      }
    }
    await refuse()
    expect(rig.files(home)).toEqual(before)
    for (const command of ['install', 'ci', 'install b', 'uninstall b', 'install', 'ci'])
      expect((await rig.cpm(command, { cwd: home, env })).code, command).toBe(0)
    expect((await rig.cpm('list', { cwd: below, env })).code).toBe(0)
    fs.symlinkSync(home, rig.path('link'))
    await refuse({ HOME: rig.path('link') })
    expect((await rig.cpm('ci', { cwd: below })).code).toBe(0)
    const variables = new EnvironmentVariables({ HOME: home })
    expect([wideFolder('/', variables), wideFolder(below, variables)]).toEqual([
      'the root of the file system',
      undefined,
    ])
  })

  test('B02 a home folder becomes no package, but may become a project or a workspace', async () => {
    await using rig = await Rig.create()
    const home = rig.path('ada')
    rig.write({ 'ada/diary.txt': 'private' })
    const env = { HOME: home }
    for (const command of ['init', 'init --name x']) {
      const { code, stderr } = await rig.cpm(command, { cwd: home, env })
      expect([code, stderr]).toEqual([6, expect.stringContaining('cpm init --bare')])
    }
    expect((await rig.cpm('init ada', { env })).code).toBe(6)
    expect(rig.files(home)).toEqual(['diary.txt'])
    expect((await rig.cpm('init --workspace', { cwd: home, env })).code).toBe(0)
    expect((await rig.cpm('init packages/web', { cwd: home, env })).code).toBe(0)
    const member = path.join(home, 'packages', 'web', 'workflows')
    expect((await rig.cpm('install', { cwd: member, env })).code).toBe(0)
  })

  test('B12 with settings that would run commands gets a warning, and they are ignored', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    rig.write(
      {
        '.cpmrc': `hooks: { postInstall: [touch, ${rig.path('ran')}] }\nstorage: { store: ${rig.path('stolen')} }\nplugins: [./evil.js]\n`,
      },
      project,
    )
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect(code).toBe(0)
    for (const section of ['hooks', 'storage', 'plugins']) expect(stderr).toContain(`ignoring "${section}"`)
    expect(fs.existsSync(rig.path('ran')) || fs.existsSync(rig.path('stolen'))).toBe(false)
  })

  test('F01 never runs code of a package, whatever its file names', async () => {
    await using rig = await Rig.create()
    const script = `#!/bin/sh\ntouch ${rig.path('ran')}\n`
    await rig.publish([
      'a@1.0.0',
      {
        files: {
          'bin/install': script,
          'postinstall.sh': script,
          'package.json': `{"scripts":{"postinstall":"touch ${rig.path('ran')}"}}`,
          'hooks/post-install': script,
        },
      },
    ])
    const project = rig.project({ dependencies: { a: '*' } })
    for (const command of ['install', 'ci', 'verify', 'list', 'uninstall a'])
      expect((await rig.cpm(command, { cwd: project })).code).toBe(0)
    expect(fs.existsSync(rig.path('ran'))).toBe(false)
  })
})

describe('concurrent commands', () => {
  test('G03 8 concurrent installs leave a project in a valid state', async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }], 'b@1.0.0', 'c@1.0.0')
    const project = rig.project({ dependencies: { a: '*', c: '*' } })
    const results = await Promise.all(Array.from({ length: 8 }, () => rig.cpm('install', { cwd: project })))
    expect(results.map(({ code, stderr }) => `${code}${code === 0 ? '' : stderr}`)).toEqual(Array(8).fill('0'))
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('G03 6 projects fill one store concurrently', async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }], 'b@1.0.0', 'c@1.0.0')
    const projects = Array.from({ length: 6 }, () => rig.project({ dependencies: { a: '*', c: '*' } }))
    const results = await Promise.all(projects.map((cwd) => rig.cpm('install', { cwd })))
    expect(results.map(({ code, stderr }) => `${code}${code === 0 ? '' : stderr}`)).toEqual(Array(6).fill('0'))
    for (const cwd of projects) expect((await rig.cpm('verify', { cwd })).code).toBe(0)
  })

  test('of 8 concurrent publishes of one release, one publishes and the others find it unchanged', async () => {
    await using rig = await Rig.create()
    await rig.cpm('key generate')
    const folder = rig.package('a@1.0.0')
    const results = await Promise.all(Array.from({ length: 8 }, () => rig.cpm(['publish', folder, '--json'])))
    const outcomes = results.map(({ json }) => (json.data as { packages: { outcome: string }[] }).packages[0]?.outcome)
    expect(outcomes.sort()).toEqual(['published', ...Array<string>(7).fill('unchanged')])
    expect(rig.read('home/registry/index/a').trimEnd().split('\n')).toHaveLength(1)
  })
})
