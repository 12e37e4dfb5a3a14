import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { COMMANDS, loadCommand } from '../../src/cli/shell/commands.ts'
import { nameAfterProcess } from '../../src/core/process-identity.ts'
import { ERRORS, EXIT } from '../../src/schema/errors.ts'
import { Result } from '../../src/schema/result.ts'
import { Rig } from '../rig/rig.ts'
import { FakeColony } from '../rig/colony.ts'
import { serve } from '../rig/serve.ts'

/** A public key of somebody else. */
const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'

const FAILS_ONCE = `const fs = require('node:fs'), tried = '../../../tried'\nif (!fs.existsSync(tried)) { fs.mkdirSync(tried); process.exit(1) }`

/** A package whose workflow fails on its first run. */
const FLAKY = {
  functions: [{ executortype: 'x', name: 'try', command: ['node', '-e', FAILS_ONCE] }], // prettier-ignore
  files: {
    'workflows/main.yaml':
      'kind: Workflow\nfunctions: [{ nodename: a, funcname: try, conditions: { executortype: x } }]\n',
  },
}

describe("an author's first hour", () => {
  test('init, validate, run, pack, publish, install, verify, and run the installed package', async () => {
    await using rig = await Rig.create()
    for (const line of [
      'init hello',
      'validate hello',
      'submit hello --engine local --set name=Ada',
      'pack hello',
      'publish hello',
      'init project --bare',
    ]) {
      const { code, stderr } = await rig.cpm(line)
      expect(code, `${line}: ${stderr}`).toBe(0)
    }
    const project = rig.path('project')
    expect((await rig.cpm('install hello', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).stdout).toBe('proven: 1 package, 5 files')
    const run = await rig.cpm('submit hello --engine local --set name=Ada', { cwd: project })
    expect(run.stdout).toContain('hello, Ada')
    expect(run.stdout).toContain('in colony.lock, proven')
  })

  test('works the same from source', async () => {
    await using rig = await Rig.create()
    const source = { fromSource: true }
    expect((await rig.binary('init hello', source)).code).toBe(0)
    const bundled = await rig.cpm('pack hello -o one.cpm --json')
    const fromSource = await rig.binary('pack hello -o two.cpm --json', source)
    expect((fromSource.json.data as { tree: string }).tree).toBe((bundled.json.data as { tree: string }).tree)
    expect((await rig.binary('publish hello', source)).code).toBe(0)
    const project = rig.project({ dependencies: { hello: '*' } })
    expect((await rig.binary('install', { cwd: project, ...source })).code).toBe(0)
    expect((await rig.binary('submit hello --engine local', { cwd: project, ...source })).stdout).toContain(
      'hello, world',
    )
  })

  test('reports all errors at once, each with its place', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init hello')
    rig.write({
      'hello/colony.yaml':
        'apiVersion: v1\nname: Hello\nversion: 1.0\nlicence: MIT\ndependancies: {}\ninputs: [{ key: a, type: strin }]\n',
    })
    const { code, stderr } = await rig.cpm('validate hello')
    expect(code).toBe(1)
    for (const place of ['colony.yaml:2:7', 'colony.yaml:3:10', 'colony.yaml:4:1', 'colony.yaml:5:1', 'colony.yaml:6:'])
      expect(stderr).toContain(place)
    expect(stderr).toContain('did you mean license?')
    expect(stderr).toContain('did you mean dependencies?')
  })

  test('a failed run exits with 10 and shows the end of its log', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init hello')
    rig.write({
      'hello/bin/greet.mjs': "#!/usr/bin/env node\nconsole.error('the disk is on fire')\nprocess.exitCode = 3\n",
    })
    const { code, stderr } = await rig.cpm('submit hello --engine local')
    expect(code).toBe(10)
    expect(stderr).toContain('RUN_FAILED')
    expect(stderr).toContain('the disk is on fire')
  })

  test('a modified installed package does not run', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init hello')
    await rig.cpm('publish hello')
    const project = rig.project({ dependencies: { hello: '*' } })
    await rig.cpm('install', { cwd: project })
    const file = rig.storeFile('bin/greet.mjs')
    fs.chmodSync(file, 0o755)
    fs.appendFileSync(
      file,
      `\nimport('node:fs').then((fs) => fs.writeFileSync(${JSON.stringify(rig.path('ran'))}, ''))\n`,
    )
    fs.chmodSync(file, 0o555)
    const { code, stderr } = await rig.cpm('submit hello --engine local', { cwd: project })
    expect(code).toBe(5)
    expect(stderr).toContain('PACKAGE_DAMAGED')
    expect(fs.existsSync(rig.path('ran'))).toBe(false)
  })

  test('runs nothing unless the local engine is selected', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init hello')
    const { code, stderr } = await rig.cpm('submit hello')
    expect(code).toBe(2)
    expect(stderr).toContain('--engine local')
    expect(fs.existsSync(path.join(rig.home, 'runs'))).toBe(false)
  })
})

describe('output', () => {
  test(
    'every command prints exactly one object with --json, for success and failure',
    { timeout: 180_000 },
    async () => {
      await using rig = await Rig.create()
      await rig.cpm('init hello')
      await rig.publish('a@1.0.0')
      const project = rig.project({ dependencies: { a: '*' } })
      rig.write({ 'gate.mjs': "export default { name: 'gate', version: '1.0.0' }" }, project)
      const flaky = rig.package('flaky@1.0.0', FLAKY)
      await using server = await serve(rig)
      await using colony = await FakeColony.start()
      const made = await rig.cpm('serve token create --json')
      const { id } = made.json.data as { id: string }
      const lines = [
        ...[
          'init other',
          'validate other',
          'values show other',
          'values explain name other',
          'values schema other',
          'schema manifest',
          'schema workflow',
          'schema tests',
          'pack other',
          'publish other',
          'plugins list',
          'plugins add ./gate.mjs --yes',
          'plugins info gate',
          'plugins enable gate',
          'plugins disable gate',
          'plugins remove gate',
          'key generate',
          'key list',
          'key export',
          'help',
          'help LOCK_OUTDATED',
          'completion bash',
          'bridge serve',
          'doctor --offline',
          'bug',
        ],
        ...[
          'install',
          'ci',
          'resolve',
          'update',
          'outdated',
          'why a',
          'why-not a@1.0.0',
          'list',
          'tree',
          'diff a',
          'licenses',
          'sbom',
          'audit',
          'policy',
          'policy check',
          'path a',
          'verify',
          `render ${rig.path('hello')} --source`,
          `test ${rig.path('hello')} --rounds 2`,
          `submit ${rig.path('hello')} --engine local`,
          // The only run, whose id starts with the year; then one that fails on its first run.
          'workflow cancel 2',
          'workflow rm 2',
          `submit ${flaky} --engine local`,
          'workflow retry',
          ...['workflow list', 'workflow get', 'workflow graph', 'workflow logs', 'workflow wait'],
          ...['workflow get nosuch', 'workflow logs --node nosuch', 'workflow retry', 'workflow rm ../runs'],
          ...['bridge install', 'bridge verify', 'bridge state', 'bridge uninstall', 'install a'],
          'uninstall a',
        ],
        ...[
          'config list --all',
          'config set install.mode copy',
          'config get install.mode',
          'config unset install.mode',
        ],
        ...['gc --dry-run', 'gc', 'store verify', 'cache dir', 'cache size', 'cache clean', 'gc --older-than soon'],
        ...['search', 'info a', 'info a@1.0.0', 'yank a@1.0.0', 'unyank a@1.0.0', 'deprecate a@1.0.0 --reason old'],
        ...[
          'serve token list',
          'serve token create --scope read',
          `serve token revoke ${id}`,
          `login ${server.url} --token-stdin`,
          `whoami ${server.url}`,
          `logout ${server.url}`,
          'owner list a',
          `owner add a ${KEY}`,
          `owner remove a ${KEY}`,
          `key distrust ${KEY}`,
          `key trust ${KEY} --for a`,
          `key distrust ${KEY} --undo`,
          `key trust ${KEY} --for a`,
        ],
        ...['context add lab --server http://127.0.0.1:7', 'context use lab', 'context list', 'context remove lab'],
        ...['colony info', 'colony executors', 'colony functions'],
        // failures
        ...['context add lab --server nowhere', 'context use nosuch', 'colony info --context nosuch'],
        ...[
          'validate nowhere',
          'values explain nosuch other',
          'pack nowhere',
          'publish nowhere',
          'key export ffff',
          'install nosuch',
          'path nosuch',
          'why nosuch',
          'why-not a',
          'update nosuch',
          'uninstall nosuch',
          'render nosuch',
          'test nosuch',
          'submit nosuch --engine local',
          'info nosuch',
          'yank a@9.9.9',
          'yank a',
          'deprecate a@1.0.0',
          'owner list nosuch',
          'owner add a nokey',
          `whoami ${server.url}`,
          'serve token revoke nosuch',
          'serve --upstream-packages a',
          'key trust nokey --for a',
        ],
        ...['help NOSUCH', 'nosuch', 'install --nosuch', 'key', 'init hello/../../hello --name Bad'],
      ]
      const seen = new Set<string>()
      // Longest names first: `serve token list` is not `serve`.
      const names = COMMANDS.map(({ name }) => name).sort((a, b) => b.length - a.length)
      for (const line of lines) {
        const input =
          line === 'bridge uninstall' ? '{"packages":["a"]}' : line.startsWith('bridge ') ? '{}' : server.token
        const { code, stdout } = await rig.cpm(`${line} --json`, { cwd: project, input, env: colony.env })
        expect(stdout.split('\n'), line).toHaveLength(1)
        const result = Result.parse(JSON.parse(stdout))
        expect(result.success, line).toBe(code === 0)
        expect(result.success ? result.error : result.data, line).toBeNull()
        if (result.error) expect(code, line).toBe(EXIT[ERRORS[result.error.code].exit])
        if (result.success) seen.add(names.find((name) => `${line} `.startsWith(`${name} `)) ?? '')
      }
      // `serve` prints its object when it stops: test/server/lifecycle.test.ts.
      seen.add('serve')
      // It prints an answer a line, and refuses --json.
      seen.add('bridge serve')
      expect([...seen].sort()).toEqual(names.sort())
    },
  )

  test('with --events each line is JSON, and the last is the result', async () => {
    await using rig = await Rig.create()
    const { stdout } = await rig.cpm(['publish', '--events', rig.package('a@1.0.0')])
    const lines = stdout.split('\n').map((line) => JSON.parse(line) as { type?: string; success?: boolean })
    expect(lines.map(({ type }) => type).filter(Boolean)).toEqual(['registry-created', 'packed', 'published'])
    expect(lines.at(-1)).toMatchObject({ success: true })
  })

  test('results go to stdout and progress to stderr, unless --quiet is set', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const loud = await rig.cpm('install a', { cwd: rig.project() })
    const quiet = await rig.cpm('install a --quiet', { cwd: rig.project() })
    expect(loud.stderr).toContain('resolved 1 package')
    expect(quiet.stderr).toBe('')
    expect(quiet.stdout).toContain('+ a 1.0.0')
  })

  test('has no colors without a terminal or with NO_COLOR, but has them with FORCE_COLOR', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init hello')
    const esc = String.fromCharCode(27)
    expect((await rig.cpm('validate hello', { env: { NO_COLOR: '' } })).stdout).not.toContain(esc)
    expect((await rig.cpm('validate hello', { env: { NO_COLOR: '', FORCE_COLOR: '1' } })).stdout).toContain(esc)
    expect((await rig.cpm('validate hello', { env: { NO_COLOR: '1', FORCE_COLOR: '1' } })).stdout).not.toContain(esc)
  })

  test('a stack trace is shown only with --debug', async () => {
    await using rig = await Rig.create()
    expect((await rig.cpm('install')).stderr).not.toContain('    at ')
    expect((await rig.cpm('install --debug')).stderr).toContain('    at ')
  })

  test('a deleted working folder is an error with a code, and the version and help still work', async () => {
    await using rig = await Rig.create()
    const bin = path.resolve(import.meta.dirname, '../../bin/cpm.js')
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    const cpm = (...args: string[]) =>
      execa('sh', ['-c', script, 'sh', process.execPath, bin, ...args], { cwd: rig.root, env: rig.env, reject: false })
    const list = await cpm('list')
    const version = await cpm('--version')
    const help = await cpm('list', '--help')
    expect(list).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'error[FILE_UNREADABLE]: the working folder no longer exists\n  hint: change to an existing folder: cd ~',
    })
    expect([version.exitCode, help.exitCode]).toEqual([0, 0])
  })

  test('B10 control characters from outside are escaped', async () => {
    await using rig = await Rig.create()
    const { stderr } = await rig.cpm(['install', 'a\u001b[2Jb'], { cwd: rig.project() })
    expect(stderr).not.toContain('\u001b')
    const missing = await rig.cpm(['validate', 'no\u001b]0;title\u0007where'])
    expect(missing.stderr).not.toContain('\u001b')
  })
})

describe('help', () => {
  test('explains every error code offline', async () => {
    await using rig = await Rig.create()
    for (const code of ['LOCK_OUTDATED', 'no_solution'])
      expect((await rig.cpm(['help', code])).stdout).toContain(ERRORS[code.toUpperCase() as keyof typeof ERRORS].about)
    expect((await rig.cpm('help LOCK_OUTDATD')).stderr).toContain('did you mean LOCK_OUTDATED?')
  })

  test('lists every command, and every command has its own help', async () => {
    await using rig = await Rig.create()
    const { stdout, code } = await rig.cpm('help')
    expect(code).toBe(0)
    for (const entry of COMMANDS) {
      // A group of commands has one line (test/cli/overview.test.ts).
      expect(stdout).toContain(` ${entry.name.split(' ')[0] ?? ''}`)
      const command = await loadCommand(entry)
      const help = await rig.cpm(`${entry.name} --help`)
      expect(help.code, entry.name).toBe(0)
      // Long lines are wrapped.
      expect(help.stdout.replaceAll(/\s+/g, ' ')).toContain(command.summary)
      for (const [, line] of command.examples) expect(help.stdout).toContain(line)
    }
  })

  test('suggests the likely command', async () => {
    await using rig = await Rig.create()
    expect((await rig.cpm('instal')).stderr).toContain('did you mean cpm install?')
    expect((await rig.cpm('install --frozn')).stderr).toContain('--frozen')
    expect((await rig.cpm('key lst')).stderr).toContain('did you mean cpm key list?')
  })
})

describe('interruption', () => {
  test('G09 SIGINT ends an installation with status 130 and leaves nothing half-done', async () => {
    await using rig = await Rig.create()
    await rig.publish(
      ...Array.from({ length: 20 }, (_, i): [string, { files: Record<string, string> }] => [
        `p${i}@1.0.0`,
        { files: { 'big.txt': `${i}`.repeat(400_000) } },
      ]),
    )
    const project = rig.project({
      dependencies: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, '*'])),
    })
    const child = rig.start('install', { cwd: project })
    // The first line of progress shows that it is working.
    await new Promise((resolve) => child.stderr.once('data', resolve))
    child.kill('SIGINT')
    const { exitCode } = await child
    expect([0, 130]).toContain(exitCode)
    expect((await rig.cpm('ci', { cwd: project })).code).toBe(exitCode === 0 ? 0 : 3)
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('a reader that closes the pipe early is not an error', async () => {
    await using rig = await Rig.create()
    const child = rig.start('help')
    child.stdout.destroy()
    const { stderr } = await child
    expect(stderr).toBe('')
  })

  test('LOCK_TIMEOUT names the holder of the lock and exits with 9', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const project = rig.project({ dependencies: { a: '*' } })
    const own = path.join(project, 'colony_packages/.cpm')
    fs.mkdirSync(own, { recursive: true })
    const identity = nameAfterProcess('0')
    fs.symlinkSync(`${identity}@here:cpm install`, path.join(own, 'project.lock'))
    const { code, stderr } = await rig.cpm('install --lock-timeout 0.2', { cwd: project })
    expect(code).toBe(9)
    expect(stderr).toContain(`process ${process.pid} on here (cpm install)`)
  })
})
