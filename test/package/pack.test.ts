import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import { createPool } from '../../src/core/pool.ts'
import { filesToPack, type PackRules } from '../../src/package/files-to-pack.ts'
import { readFolderManifest } from '../../src/package/pack-folder.ts'
import { DEFAULT_LIMITS } from '../../src/package/limits.ts'
import { pack } from '../rig/pack.ts'
import packTask from '../../src/package/tasks/pack.ts'
import * as tasks from '../../src/package/tasks.ts'
import type { EntryPath } from '../../src/package/entry-path.ts'
import { Rig } from '../rig/rig.ts'

const pool = createPool()
afterAll(() => pool.close())

const BIN = path.resolve(import.meta.dirname, '../../bin/cpm.js')
const PRIVATE_KEY = ['-----BEGIN OPENSSH', 'PRIVATE KEY-----\nb3Blbn\n'].join(' ')

function names(folder: string, rules: Partial<PackRules> = {}): string[] {
  return filesToPack(folder, { files: ['**'], executables: [], allow: [], ...rules }).map((file) => file.path)
}

/** Returns the error of packing a folder, or undefined if it can be packed. */
function refusal(folder: string, rules: Partial<PackRules> = {}): CpmError | undefined {
  try {
    names(folder, rules)
    return undefined
  } catch (error) {
    if (error instanceof CpmError) return error
    throw error
  }
}

describe('packing', () => {
  // 1 MiB is read at a time, and a file of whole blocks has no padding.
  test.each([1, 1000, 512, 1024 * 1024 - 1, 1024 * 1024, 2 * 1024 * 1024])(
    'notices that a file of %i bytes grows by one while it is packed',
    async (size) => {
      await using rig = await Rig.create()
      const root = rig.package('a@1.0.0', { files: { data: Buffer.alloc(size) } })
      const files = [{ path: 'data' as EntryPath, executable: false }]
      const packing = packTask({ root, files, output: rig.path('a.cpm') })
      fs.appendFileSync(path.join(root, 'data'), '+')
      await expect(packing).rejects.toMatchObject({ code: 'PACK_REFUSED' })
    },
  )

  test('compresses a tar of several pieces to the same bytes as in one call', async () => {
    await using rig = await Rig.create()
    const data = Buffer.alloc(20 * 1024 * 1024)
    for (let at = 0, x = 3; at < data.length; at += 4096) data[at] = (x = (x * 1103515245 + 12345) % 2 ** 31) >>> 16
    const root = rig.package('a@1.0.0', { files: { data } })
    const files = [{ path: 'data' as EntryPath, executable: false }]
    const output = rig.path('a.cpm')
    const { tar } = await packTask({ root, files, output })
    const archive = fs.readFileSync(output)
    const unpacked = gunzipSync(archive)
    expect(tar).toEqual({ size: unpacked.length, blake3: blake3(unpacked) })
    expect(gzipSync(unpacked, { level: 6 }).equals(archive)).toBe(true)
  })

  test('packs every file of the folder, sorted by the bytes of their names', async () => {
    await using rig = await Rig.create()
    const files = { 'b/x': '', 'b.txt': '', 'b-x': '', ü: '', z: '', '日本/本': '', '😀': '', '\uffee': '' }
    const folder = rig.package('a@1.0.0', { files })
    const sorted = ['README.md', 'b-x', 'b.txt', 'b/x', 'colony.yaml', 'z', 'ü', '日本/本', '\uffee', '😀']
    expect(names(folder)).toEqual(sorted)
  })

  test('packs what `files` lists, and always the manifest', async () => {
    await using rig = await Rig.create()
    const files = { 'src/a.js': '', 'src/b.ts': '', 'docs/x.md': '', 'top.js': '' }
    const folder = rig.package('a@1.0.0', { files })
    expect(names(folder, { files: ['src/'] })).toEqual(['colony.yaml', 'src/a.js', 'src/b.ts'])
    expect(names(folder, { files: ['*.js'] })).toEqual(['colony.yaml', 'src/a.js', 'top.js'])
    expect(names(folder, { files: ['/*.js'] })).toEqual(['colony.yaml', 'top.js'])
    expect(names(folder, { files: ['**', '!src/b.ts', '!docs'] })).toEqual([
      ...['README.md', 'colony.yaml', 'src/a.js', 'top.js'],
    ])
    expect(names(folder, { files: ['src', '!*.ts', 'src/b.ts'] })).toEqual(['colony.yaml', 'src/a.js', 'src/b.ts'])
    expect(names(folder, { files: ['# a comment', '', 'docs/**'] })).toEqual(['colony.yaml', 'docs/x.md'])
    expect(names(folder, { files: [] })).toEqual(['colony.yaml'])
    rig.write({ 'old/src/a.js': '', 'old/src/deep/b.js': '' }, folder)
    expect(names(folder, { files: ['/src'] })).toEqual(['colony.yaml', 'src/a.js', 'src/b.ts'])
    rig.write({ 'old/lib/api/x.js': '', 'lib/api/x.js': '' }, folder)
    expect(names(folder, { files: ['lib/api'] })).toEqual(['colony.yaml', 'lib/api/x.js'])
    expect(names(folder, { files: ['!colony.yaml'] })).toEqual(['colony.yaml'])
  })

  test('excludes what .cpmignore lists, including whole folders, except negated names', async () => {
    await using rig = await Rig.create()
    const ignore = '# a comment\r\n*.log\r\n!keep.log\nbuild/\n/only-here\ncolony.yaml\n'
    const files = {
      '.cpmignore': ignore,
      'a.log': '',
      'keep.log': '',
      'build/x': '',
      'src/build/y': '',
      'only-here': '',
      'src/only-here': '',
      'src/a.LOG': '',
    }
    const folder = rig.package('a@1.0.0', { files })
    expect(names(folder)).toEqual(['README.md', 'colony.yaml', 'keep.log', 'src/a.LOG', 'src/only-here'])
  })

  test('never packs version control, installed packages or configuration, at any depth and whatever the rules', async () => {
    await using rig = await Rig.create()
    const never = [
      '.git/config',
      'colony_packages/b/x',
      '.cpmrc',
      'colony.config.json',
      'colony.config.yaml',
      '.DS_Store',
    ]
    const files = Object.fromEntries(never.flatMap((name) => [name, `sub/${name}`]).map((name) => [name, 'secret']))
    const folder = rig.package('a@1.0.0', { files })
    for (const patterns of [['**'], never, ['.*', '.cpmrc', '!x']])
      expect(
        names(folder, { files: patterns, allow: ['**'] }).filter((name) => !/^(README|colony.yaml)/.test(name)),
      ).toEqual([])
    expect(names(folder)).toEqual(['README.md', 'colony.yaml'])
  })

  test('makes a file executable if it starts with #! or the manifest lists it, whatever its mode', async () => {
    await using rig = await Rig.create()
    const files = { 'bin/named': 'x', 'tool.sh': '#!/bin/sh\n', plain: 'x', short: '#', empty: '', 'not-first': ' #!' }
    const folder = rig.package('a@1.0.0', { executables: ['bin/*'], files })
    fs.chmodSync(path.join(folder, 'plain'), 0o755)
    fs.chmodSync(path.join(folder, 'tool.sh'), 0o600)
    const output = rig.path('a.cpm')
    await pack(folder, { pool, output })
    const { contents } = await pool.run(tasks.inspect, { archive: output, limits: DEFAULT_LIMITS })
    const executable = contents.table.split('\n').filter((line) => line.startsWith('755 '))
    expect(executable.map((line) => line.split(' ')[3])).toEqual(['bin/named', 'tool.sh'])
  })

  test('writes an archive that reads back with the same tree, tar and table', async () => {
    await using rig = await Rig.create()
    const long = `${'long/'.repeat(40)}name`
    const files = {
      [long]: 'x',
      'big.bin': Buffer.from(Array.from({ length: 900_000 }, (_, i) => (i * i) % 251)),
      empty: '',
    }
    const folder = rig.package('a@1.0.0', { files })
    const output = rig.path('a.cpm')
    const { contents } = await pack(folder, { pool, output })
    const read = await pool.run(tasks.inspect, { archive: output, limits: DEFAULT_LIMITS })
    expect(read.contents).toMatchObject(contents)
    expect(contents.tar.size).toBe(gunzipSync(fs.readFileSync(output)).length)
    expect(Buffer.from(read.manifest ?? [])).toEqual(fs.readFileSync(path.join(folder, 'colony.yaml')))
  })
})

describe('reproducibility', () => {
  test('G11 makes the same tar with any umask, time zone, locale, time and order of creation', async () => {
    await using rig = await Rig.create()
    const files: Record<string, string> = {
      ...{ 'b/2': 'two', 'b/1': 'one', 'a.txt': 'x', 'Z.txt': 'z', 'bin/run': '#!/bin/sh\n', 'i/İ': 'dotted', ä: 'ä' },
    }
    const manifest = { description: 'the same everywhere', executables: ['a.txt'] }
    const make = (order: string[], mode: number, time: number): string => {
      const folder = rig.package('same@1.0.0', { ...manifest })
      for (const name of order) rig.write({ [name]: files[name] ?? '' }, folder)
      for (const name of order) {
        fs.chmodSync(path.join(folder, name), mode)
        fs.utimesSync(path.join(folder, name), time, time)
      }
      return folder
    }
    const forwards = make(Object.keys(files).sort(), 0o644, 1_000_000_000)
    const backwards = make(Object.keys(files).sort().reverse(), 0o777, 1_600_000_001)
    const closed = make(Object.keys(files), 0o600, 0)
    const pack = async (folder: string, env: Record<string, string>, fromSource = false) => {
      const output = rig.path(`out-${fs.readdirSync(rig.root).length}.cpm`)
      const result = await rig.binary(['pack', folder, '-o', output, '--json'], { env, fromSource })
      expect(result.stderr + (result.json.error?.message ?? '')).toBe('')
      const { tree, tar } = result.json.data as { tree: string; tar: { size: number; blake3: string } }
      return { tree, tar }
    }
    const first = await pack(forwards, {})
    expect(first.tree).toMatch(/^blake3:[0-9a-f]{64}$/)
    const others = [
      await pack(forwards, { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }),
      await pack(backwards, { TZ: 'America/St_Johns', LC_ALL: 'C', LANG: 'C' }),
      await pack(closed, { LC_ALL: 'sv_SE.UTF-8' }),
      await pack(backwards, { CPM_PORTABLE_HASH: '1' }),
      await pack(forwards, {}, true),
    ]
    for (const other of others) expect(other).toEqual(first)
    fs.writeFileSync(path.join(forwards, 'a.txt'), 'y')
    expect((await pack(forwards, {})).tree).not.toBe(first.tree)
  })

  test.skipIf(process.platform === 'win32')('G11 makes the same archive, byte for byte, with any umask', async () => {
    await using rig = await Rig.create()
    const archives = ['000', '022', '077'].map((umask) => {
      const output = rig.path(`${umask}.cpm`)
      const folder = rig.path(`folder-${umask}`)
      const script = `umask ${umask} && mkdir -p "$1/bin" && echo x > "$1/bin/x" && printf '%s\\n' 'apiVersion: v1' 'name: a' 'version: 1.0.0' > "$1/colony.yaml" && exec "$2" "$3" pack "$1" -o "$4"`
      const env = { PATH: process.env.PATH ?? '', HOME: rig.root, CPM_HOME: rig.home }
      execFileSync('sh', ['-c', script, 'sh', folder, process.execPath, BIN, output], { env, stdio: 'pipe' })
      return fs.readFileSync(output)
    })
    expect(archives[1]?.equals(archives[0] ?? Buffer.alloc(0))).toBe(true)
    expect(archives[2]?.equals(archives[0] ?? Buffer.alloc(0))).toBe(true)
  })
})

describe('packing refuses', () => {
  test('A16 a link, wherever it leads, and reports its target', async () => {
    await using rig = await Rig.create()
    rig.write({ 'outside/id_rsa': PRIVATE_KEY, 'outside/folder/x': 'x' })
    const targets = [
      ...[rig.path('outside', 'id_rsa'), rig.path('outside', 'folder'), '../outside', 'README.md', '.', '/dev/zero'],
      ...['nowhere', '/proc/self/environ'],
    ]
    for (const target of targets) {
      const folder = rig.package('a@1.0.0')
      fs.symlinkSync(target, path.join(folder, 'link'))
      const error = refusal(folder, { allow: ['**'] })
      expect(error?.code, target).toBe('PACK_REFUSED')
      expect(error?.message, target).toContain(`link is a symbolic link to ${target}`)
    }
  })

  test('a manifest with an unknown key', async () => {
    await using rig = await Rig.create()
    expect(() => readFolderManifest(rig.package('a@1.0.0', { authors: ['Ada'] }))).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID' }),
    )
  })

  test('A16 a manifest that is a link', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0')
    fs.renameSync(path.join(folder, 'colony.yaml'), rig.path('elsewhere.yaml'))
    fs.symlinkSync(rig.path('elsewhere.yaml'), path.join(folder, 'colony.yaml'))
    expect(refusal(folder)?.message).toContain('colony.yaml is a symbolic link')
  })

  test('A16 a link only if no rule excludes it', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', { files: { '.cpmignore': 'link\n' } })
    fs.symlinkSync('/dev/zero', path.join(folder, 'link'))
    expect(names(folder)).not.toContain('link')
  })

  test.skipIf(spawnSync('mkfifo', ['--version']).status !== 0)('A16 a pipe, without waiting for it', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0')
    const pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(refusal(folder, { allow: ['**'] })?.message).toContain('pipe is not a regular file')
    // The packing task refuses a pipe or link that replaced a file after it was listed.
    const files = [{ path: 'pipe' as EntryPath, executable: false }]
    const packed = pool.run(tasks.pack, { root: folder, files, output: rig.path('out.cpm') })
    await expect(packed).rejects.toMatchObject({ code: 'PACK_REFUSED' })
    fs.rmSync(pipe)
    fs.symlinkSync('/etc/hostname', pipe)
    const followed = pool.run(tasks.pack, { root: folder, files, output: rig.path('again.cpm') })
    await expect(followed).rejects.toBeInstanceOf(CpmError)
  })

  test('A16 files that are named like secrets', async () => {
    await using rig = await Rig.create()
    const secret = [
      ...['.env', '.env.local', '.env.production', '.npmrc', '.netrc', '.pypirc', '.git-credentials', 'id_rsa'],
      ...[
        'id_ed25519',
        'server.pem',
        'server.KEY',
        'ID_DSA',
        'cert.p12',
        'credentials',
        'kubeconfig',
        'service-account-1.json',
      ],
      ...[
        'prod.env',
        'env.production',
        'deploy/env.local',
        '.env-secrets',
        'env_prod',
        '.env.d',
        'app.env.production',
        '.envrc',
        'credentials.json',
        '_netrc',
        'infra.tfstate',
        '.bash_history',
      ],
    ]
    const harmless = [
      '.env.example',
      '.env.sample',
      'example.env',
      'app.env.template',
      'env',
      'id_rsa.pub',
      'keys.md',
      'pem',
      'a.keys',
    ]
    const all = [...secret.flatMap((name) => [name, `sub/${name}`]), ...harmless]
    const folder = rig.package('a@1.0.0', { files: Object.fromEntries(all.map((name) => [name, 'x'])) })
    const error = refusal(folder)
    const named = (error?.details.files as string[]).map((line) => line.slice(0, line.indexOf(' looks like a secret')))
    expect(named.sort()).toEqual(secret.flatMap((name) => [name, `sub/${name}`]).sort())
    expect(error?.hint).toContain('--allow')
  })

  test('A16 files that contain keys and tokens, whatever their names', async () => {
    await using rig = await Rig.create()
    const token = (prefix: string, length: number) => prefix + 'A1'.repeat(length / 2)
    const files = {
      'notes.txt': `see below\n${PRIVATE_KEY}`,
      'old.md': ['-----BEGIN RSA', 'PRIVATE KEY-----'].join(' '),
      'pkcs8.md': ['-----BEGIN', 'PRIVATE KEY-----'].join(' '),
      'aws.ini': `id = ${token('AKIA', 16)}\n`,
      'gh.txt': token('ghp_', 36),
      'npm.txt': `//registry/:_authToken=${token('npm_', 36)}`,
    }
    const fine = { 'public.txt': '-----BEGIN PUBLIC KEY-----', 'short.txt': 'ghp_short', 'word.txt': 'AKIA' }
    const folder = rig.package('a@1.0.0', { files: { ...files, ...fine } })
    const message = refusal(folder)?.message ?? ''
    for (const name of Object.keys(files)) expect(message).toContain(`  ${name} looks like a secret`)
    for (const name of Object.keys(fine)) expect(message).not.toContain(name)
    // The secret itself is not shown.
    expect(message).not.toContain('A1A1')
  })

  test('A16 files that look like secrets, unless --allow names them', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', { files: { 'test/dummy.pem': 'x', '.env': 'x' } })
    expect(refusal(folder, { allow: ['test/*.pem'] })?.message).not.toContain('dummy.pem')
    expect(names(folder, { allow: ['test/*.pem', '/.env'] })).toContain('test/dummy.pem')
    const output = rig.path('a.cpm')
    const refused = await rig.binary(['pack', folder, '-o', output, '--json'])
    expect([refused.code, refused.json.error?.code]).toEqual([6, 'PACK_REFUSED'])
    expect(fs.existsSync(output)).toBe(false)
    const allowed = await rig.binary(['pack', folder, '-o', output, '--allow', '*.pem', '--allow', '.env', '--json'])
    expect(allowed.code).toBe(0)
    expect((allowed.json.data as { files: string[] }).files).toEqual([
      ...['.env', 'README.md', 'colony.yaml', 'test/dummy.pem'],
    ])
  })

  test('all wrong files at once', async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0', { files: { '.env': 'x', 'aux.txt': 'x', A: 'x', 'a/b': 'x' } })
    fs.symlinkSync('x', path.join(folder, 'link'))
    const message = refusal(folder)?.message ?? ''
    for (const part of ['.env looks', 'aux.txt has', 'link is a symbolic link', 'a/b clashes with A'])
      expect(message).toContain(part)
  })

  test.skipIf(process.platform !== 'linux')(
    'a name that is not UTF-8, and does not call the file missing',
    async () => {
      await using rig = await Rig.create()
      const folder = rig.package('a@1.0.0')
      fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), 'x')
      expect(refusal(folder)?.code).toBe('PACK_REFUSED')
    },
  )

  test("a file that disappeared and a path that can't be written, and leaves the pool working", async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0')
    const files = [{ path: 'gone' as EntryPath, executable: false }]
    const gone = pool.run(tasks.pack, { root: folder, files, output: rig.path('x.cpm') })
    await expect(gone).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    const nowhere = pack(folder, { pool, output: rig.path('no', 'folder', 'x.cpm') })
    await expect(nowhere).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    rig.write({ 'there.cpm': 'mine' })
    const there = pack(folder, { pool, output: rig.path('there.cpm') })
    await expect(there).rejects.toBeInstanceOf(CpmError)
    expect(rig.read('there.cpm')).toBe('mine')
    await expect(pack(folder, { pool, output: rig.path('ok.cpm') })).resolves.toBeDefined()
  })
})
