import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { EnvironmentVariables, processEnvironment } from '../../../src/core/environment-variables.ts'
import type { CpmEvent } from '../../../src/schema/events.ts'
import type { LocalFunction } from '../../../src/schema/manifest.ts'
import { exactJson } from '../../../src/core/exact-json.ts'
import { createLocalEngine } from '../../../src/engines/local/local-engine.ts'
import type { PreparedRun } from '../../../src/engines/engine.ts'
import { reportChanges } from '../../../src/engines/runs/report-changes.ts'
import { runError } from '../../../src/engines/runs/run-error.ts'
import { RunRecords } from '../../../src/engines/runs/run-records.ts'
import { WorkflowSpec } from '../../../src/workflow/specs/spec.ts'
import { errorOf, TemporaryFolder } from '../../workflow/rig.ts'

/** Each function is a small Node script. It can use `task`, `out(array)`, `fs` and `spawn`. */
const PRELUDE = `#!${process.execPath}
const fs = require('node:fs')
const { spawn } = require('node:child_process')
const task = JSON.parse(fs.readFileSync(0, 'utf8'))
const out = (value) => fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(value))
const forEver = () => setInterval(() => {}, 1000)
`

type Scripts = Record<string, string>
type Node = { nodename: string; funcname?: string; after?: string[]; cpu?: string; mem?: string } & Record<
  string,
  unknown
>
interface Options extends Partial<PreparedRun> {
  cores?: number
  grace?: number
  signal?: AbortSignal
}

async function run(scripts: Scripts, nodes: Node[], options: Options = {}) {
  const folder = new TemporaryFolder()
  folder.write(Object.fromEntries(Object.entries(scripts).map(([name, body]) => [`bin/${name}`, PRELUDE + body])))
  const functions: LocalFunction[] = Object.keys(scripts).map((name) => ({
    executortype: 'x',
    name,
    command: [`bin/${name}`],
  }))
  const events: CpmEvent[] = []
  const { cores = 2, grace, signal, ...rest } = options
  const engine = createLocalEngine({
    records: new RunRecords(path.join(folder.path, 'runs')),
    env: processEnvironment,
    room: { cpu: cores * 1000, mem: 1024 },
    grace,
  })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: nodes.map(({ after = [], funcname, cpu, mem, ...node }) => ({
      ...node,
      funcname: funcname ?? node.nodename,
      conditions: { executortype: 'x', dependencies: after, cpu, mem },
    })),
  })
  try {
    const prepared = { ...PREPARED, spec, root: folder.path, functions, ...rest }
    await engine.submit(prepared, { signal })
    const result = await engine.watch('r1', { onChange: reportChanges((event) => events.push(event)) })
    return {
      result,
      events,
      folder,
      engine,
      states: result.nodes.map(({ nodename, state }) => `${nodename} ${state}`).join(', '),
    }
  } catch (error) {
    folder[Symbol.dispose]()
    throw error
  }
}

const PREPARED = { run: 'r1', package: { name: 'sample', version: '1.2.3' }, workflow: 'workflows/main.yaml' }

/** Returns whether a process runs. A zombie, which orphans can be for a while, does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until a file exists and is not empty. */
async function contentOf(file: string): Promise<string> {
  for (;;) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    if (text !== '') return text
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('runs nodes in their folders and passes outputs to children in the order of their dependencies', async () => {
  const scripts = {
    make: `console.log('made ' + task.args[0]); out([task.args[0], { n: task.kwargs.n }])`,
    join: `out([task])`,
  }
  const { result, folder, events, states, engine } = await run(scripts, [
    { nodename: 'a', funcname: 'make', args: ['x'], kwargs: { n: 1 } },
    { nodename: 'b', funcname: 'make', args: ['y'], kwargs: { n: 2 } },
    { nodename: 'c', funcname: 'join', args: [1], after: ['b', 'a'] },
  ])
  using _ = folder
  expect(states).toBe('a successful, b successful, c successful')
  expect(result).toMatchObject({ run: 'r1', state: 'successful', folder: path.join(folder.path, 'runs/r1') })
  const task = { nodename: 'c', funcname: 'join', args: [1], kwargs: {}, in: ['y', { n: 2 }, 'x', { n: 1 }] }
  expect(result.nodes[2]).toMatchObject({ nodename: 'c', out: [task], state: 'successful' })
  expect(JSON.parse(folder.read('runs/r1/c/input.json'))).toEqual(task)
  expect(folder.read('runs/r1/a/stdout.log')).toBe('made x\n')
  expect(JSON.parse(folder.read('runs/r1/a/output.json'))).toEqual(['x', { n: 1 }])
  expect(JSON.parse(folder.read('runs/r1/run.json'))).toMatchObject({
    schemaVersion: 1,
    run: 'r1',
    state: 'successful',
    nodes: [{ nodename: 'a', state: 'successful' }, { nodename: 'b' }, { nodename: 'c' }],
  })
  expect(events.map((event) => ('node' in event ? `${event.type} ${event.node}` : event.type)).sort()).toEqual([
    'node-finished a',
    'node-finished b',
    'node-finished c',
    'node-started a',
    'node-started b',
    'node-started c',
    'run-started',
  ])
  expect(await runError(engine, result)).toBeUndefined()
})

test('writes files that only their owner can read', async () => {
  const { folder } = await run({ a: '' }, [{ nodename: 'a' }])
  using _ = folder
  const mode = (name: string) => (fs.statSync(path.join(folder.path, 'runs', name)).mode & 0o777).toString(8)
  expect(['.', 'r1', 'r1/a'].map(mode)).toEqual(['700', '700', '700'])
  expect(['r1/run.json', 'r1/a/input.json', 'r1/a/stdout.log', 'r1/a/stderr.log'].map(mode)).toEqual([
    '600',
    '600',
    '600',
    '600',
  ])
})

test('a node that writes no output has an empty one, and a node may ignore its input', async () => {
  const scripts = { quiet: 'process.exit(0)', child: 'out(task.in)' }
  const { result, folder } = await run(scripts, [
    { nodename: 'quiet', args: ['x'.repeat(1_000_000)] },
    { nodename: 'child', after: ['quiet'] },
  ])
  using _ = folder
  expect(result.nodes.map(({ out }) => out)).toEqual([[], []])
})

test('a failure that others depend on fails the whole run and ends running nodes', async () => {
  const scripts = {
    ok: 'out([1])',
    endless: `fs.writeFileSync(task.args[0], '1'); forEver()`,
    bad: `while (!fs.existsSync(task.args[0])); console.error('\\x1b[31mno such\\x07 thing'); process.exit(3)`,
  }
  using shared = new TemporaryFolder()
  const args = [path.join(shared.path, 'runs')]
  const { result, folder, states, engine } = await run(scripts, [
    { nodename: 'z', funcname: 'ok' },
    { nodename: 'a', funcname: 'bad', args, after: ['z'] },
    { nodename: 'b', funcname: 'ok', after: ['a'] },
    { nodename: 'c', funcname: 'endless', args, after: ['z'] },
    { nodename: 'd', funcname: 'ok', after: ['c'] },
  ])
  using _ = folder
  expect(states).toBe('z successful, a failed, b failed, c failed, d failed')
  expect(result.state).toBe('failed')
  expect(result.nodes[1]?.error).toBe('its command exited with status 3')
  for (const node of result.nodes.slice(2)) expect(node).not.toHaveProperty('error')
  const error = await runError(engine, result)
  expect(error).toMatchObject({ code: 'RUN_FAILED', exitCode: 10, hint: 'cpm workflow logs r1 --node a' })
  expect(error?.message.split('\n')).toEqual([
    'the run r1 failed:',
    '  a: its command exited with status 3',
    '    | no such thing',
    '  3 more were stopped as a result, or never ran',
  ])
})

test('a failure that nothing depends on lets the other nodes continue', async () => {
  const { result, folder, states } = await run({ ok: 'out([1])', bad: 'process.exit(3)' }, [
    { nodename: 'a', funcname: 'bad' },
    { nodename: 'b', funcname: 'ok' },
    { nodename: 'c', funcname: 'ok', after: ['b'] },
  ], { cores: 1 }) // prettier-ignore
  using _ = folder
  expect(states).toBe('a failed, b successful, c successful')
  expect(result.state).toBe('failed')
})

test.each([
  ['an output that is not an array', 'out({})', 'its output is not an array'],
  [
    'an output that is not JSON',
    `fs.writeFileSync(process.env.CPM_OUTPUT, '[1')`,
    expect.stringContaining('its output is refused at 1:3: ') as string,
  ],
  [
    'an output with a duplicate key',
    `fs.writeFileSync(process.env.CPM_OUTPUT, '[{"a":1,"a":2}]')`,
    'its output is refused at 1:9: duplicate key "a"',
  ],
  [
    'an output that is not UTF-8',
    `fs.writeFileSync(process.env.CPM_OUTPUT, Buffer.from('["ÿ"]', 'latin1'))`,
    expect.stringContaining('its output is refused at 1:3: ') as string,
  ],
  [
    'an output with half of a surrogate pair',
    `fs.writeFileSync(process.env.CPM_OUTPUT, '["' + String.fromCharCode(92) + 'ud800"]')`,
    expect.stringMatching(/^its output is refused at 1:2: .*surrogate/) as string,
  ],
  [
    'an output that is too large',
    `fs.writeFileSync(process.env.CPM_OUTPUT, '["' + 'x'.repeat(5e6) + '"]')`,
    'its output is larger than 4 MiB',
  ],
  ['a link as output', `fs.symlinkSync('/etc/hostname', process.env.CPM_OUTPUT)`, 'its output is not a regular file'],
  ['a signal', `process.kill(process.pid, 'SIGSEGV')`, 'its command was killed by SIGSEGV'],
])('%s fails the node', async (_title, script, message) => {
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect(result.nodes[0]).toMatchObject({ state: 'failed', error: message })
})

test('a function gets a few variables and those of the spec, but nothing else from the environment', async () => {
  // Set in the environment of this process, as when a user runs cpm.
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  for (const name of ['CPM_SIGNING_KEY', 'COLONIES_PRVKEY', 'NPM_TOKEN']) vi.stubEnv(name, 'c4n4ry')
  vi.stubEnv('NODE_OPTIONS', '--no-warnings')
  const { result, folder } = await run({ a: 'out([process.env, process.cwd(), process.argv.slice(2)])' }, [
    { nodename: 'a', env: { MINE: '1', TZ: 'Europe/Stockholm', CPM_OUTPUT: '/tmp/elsewhere', CPM_PACKAGE: '/' } },
  ], { packages: '/some/packages' }) // prettier-ignore
  using _ = folder
  const [seen, cwd] = (result.nodes[0]?.out ?? []) as [Record<string, string>, string]
  expect(JSON.stringify(seen)).not.toContain('c4n4ry')
  expect(seen).toMatchObject({
    MINE: '1',
    TZ: 'Europe/Stockholm',
    PATH: process.env.PATH,
    CPM_PACKAGE: folder.path,
    CPM_PACKAGES: '/some/packages',
    CPM_OUTPUT: path.join(folder.path, 'runs/r1/a/output.json'),
  })
  expect(seen).not.toHaveProperty('NODE_OPTIONS')
  expect(cwd).toBe(path.join(folder.path, 'runs/r1/a'))
})

test('arguments reach the command unchanged, without a shell', async () => {
  const folder = new TemporaryFolder().write({ 'bin/show': `${PRELUDE}out(process.argv.slice(2))` })
  using _ = folder
  const args = ['$(touch pwned)', '`x`', '; rm -rf /', '--', '*', 'a b', "'"]
  const engine = createLocalEngine({ records: new RunRecords(path.join(folder.path, 'runs')), env: processEnvironment })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: [{ nodename: 'a', funcname: 'show', conditions: { executortype: 'x' } }],
  })
  const functions = [{ executortype: 'x', name: 'show', command: ['./bin/show', ...args] }]
  await engine.submit({ ...PREPARED, spec, root: folder.path, functions })
  const { nodes } = await engine.watch('r1')
  expect(nodes[0]?.out).toEqual(args)
})

test('a time limit ends the whole process group', async () => {
  const scripts = {
    // A process that ignores SIGTERM, with a child and a grandchild that also ignore it.
    stubborn: `process.on('SIGTERM', () => {})
      const sleep = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);"
      const child = spawn(process.execPath, ['-e', sleep + "console.log(require('child_process').spawn(process.execPath, ['-e', " + JSON.stringify(sleep) + "], { stdio: 'inherit' }).pid)"], { stdio: ['ignore', 'pipe', 'ignore'] })
      child.stdout.on('data', (text) => fs.writeFileSync('pids', [process.pid, child.pid, Number(text)].join(' ')))
      forEver()`,
  }
  const started = performance.now()
  const { result, folder } = await run(scripts, [{ nodename: 'stubborn', maxexectime: 1 }])
  using _ = folder
  expect(result.nodes[0]).toMatchObject({ state: 'failed', error: 'it took longer than 1 s' })
  expect(performance.now() - started).toBeLessThan(10_000)
  const pids = folder.read('runs/r1/stubborn/pids').split(' ').map(Number)
  expect(pids).toHaveLength(3)
  await expect.poll(() => pids.filter(isAlive)).toEqual([])
})

test('processes that a command leaves behind are ended with it and do not block the run', async () => {
  const script = `const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); child.unref(); out([child.pid]); process.exit(0)`
  // The next node already sees this, not only the end of the run.
  const next = `const dead = () => { try { return /\\) [ZX] /.test(fs.readFileSync('/proc/' + task.in[0] + '/stat', 'utf8')) } catch { return true } }
    const look = setInterval(() => { if (dead()) { clearInterval(look); out(['dead']) } }, 10)`
  const scripts = { a: script, b: process.platform === 'linux' ? next : `out(['dead'])` }
  const { result, folder } = await run(scripts, [{ nodename: 'a' }, { nodename: 'b', after: ['a'], maxexectime: 20 }])
  using _ = folder
  expect(result.state).toBe('successful')
  expect(result.nodes[1]?.out).toEqual(['dead'])
})

// Creates its own session, so signals to the group don't reach it, and holds the logs open.
const ESCAPE = `const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true }); child.unref(); fs.writeFileSync('pid', String(child.pid));`

test.runIf(process.platform === 'linux').each([
  ['the end of its node', `${ESCAPE} console.log('said'); process.exit(0)`, {}, 'successful'],
  ['a failure of its node', `${ESCAPE} process.exit(3)`, {}, 'failed'],
  ['a time-out of its node', `${ESCAPE} forEver()`, { maxexectime: 1 }, 'failed'],
])('a process that has left its group is ended after %s', async (_what, script, node, state) => {
  const { result, folder } = await run({ a: script }, [{ nodename: 'a', ...node }])
  using _ = folder
  expect(result.state).toBe(state)
  await vi.waitFor(() => {
    expect(isAlive(Number(folder.read('runs/r1/a/pid')))).toBe(false)
  })
})

// Nothing in the environment shows where these are from. The last one is only a descendant, for as long as its parent lives.
const hidden = (options: string) =>
  `const child = spawn('setsid', ['env', '-i', '/bin/sleep', '1000'], ${options}); child.unref(); fs.writeFileSync('pid', String(child.pid));`

test.runIf(process.platform === 'linux').each([
  ['works in its folder', `${hidden(`{ stdio: 'ignore' }`)} process.exit(0)`],
  ['holds its output', `${hidden(`{ cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] }`)} process.exit(0)`],
  ['was its descendant', `${hidden(`{ cwd: '/', stdio: 'ignore' }`)} setTimeout(() => process.exit(0), 1500)`],
])('a process that has left its group and cleared its environment is ended if it %s', async (_what, script) => {
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect(result.state).toBe('successful')
  await vi.waitFor(() => {
    expect(isAlive(Number(folder.read('runs/r1/a/pid')))).toBe(false)
  })
})

test.runIf(process.platform === 'linux')('a process of someone else is not ended, wherever it works', async () => {
  using runs = new TemporaryFolder()
  const file = path.join(runs.path, 'folder')
  const enter = `until test -s ${file} && cd "$(cat ${file})"; do sleep 0.05; done; exec sleep 60`
  const before = spawn('sh', ['-c', enter], { stdio: 'ignore', detached: true })
  await delay(20) // start times are counted in hundredths of a second
  const script = `fs.writeFileSync(task.args[0], process.cwd()); setTimeout(() => {}, 1000)`
  const done = run({ a: script }, [{ nodename: 'a', args: [file] }])
  const place = await contentOf(file)
  // In our session, as a person who looks at the files of a node.
  const after = spawn('sleep', ['60'], { stdio: 'ignore', cwd: place })
  try {
    const { folder } = await done
    using _ = folder
    for (const { pid = 0 } of [before, after]) {
      expect(isAlive(pid)).toBe(true)
      expect(fs.readlinkSync(`/proc/${pid}/cwd`)).toBe(place)
    }
  } finally {
    before.kill('SIGKILL')
    after.kill('SIGKILL')
  }
})

test.runIf(process.platform === 'linux')(
  'a process that has left its group is ended when the run is cancelled',
  async () => {
    using runs = new TemporaryFolder()
    const controller = new AbortController()
    const file = path.join(runs.path, 'pid')
    const script = `${ESCAPE} fs.copyFileSync('pid', task.args[0]); forEver()`
    const done = run({ a: script }, [{ nodename: 'a', args: [file] }], { signal: controller.signal })
    const pid = Number(await contentOf(file))
    controller.abort()
    const { folder } = await done
    using _ = folder
    await vi.waitFor(() => {
      expect(isAlive(pid)).toBe(false)
    })
  },
)

test('a variable that is too large to start a program with is reported before anything runs', async () => {
  const error = await errorOf(() => run({ a: 'out([])' }, [{ nodename: 'a', env: { BIG: 'x'.repeat(200_000) } }]))
  expect(error.code).toBe('WORKFLOW_INVALID')
  expect(error.message).toContain('a: env.BIG is larger than 128 KiB')
})

test.runIf(process.platform === 'linux')(
  'variables that are too large together are reported before anything runs',
  async () => {
    const env = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`V${i}`, 'x'.repeat(100_000)]))
    const error = await errorOf(() => run({ a: 'out([])' }, [{ nodename: 'a', env }]))
    expect(error.code).toBe('WORKFLOW_INVALID')
    expect(error.message).toMatch(/a: env is larger than \d+ KiB/)
  },
)

test('the error of a program that writes too much shows its last lines', async () => {
  const script = `process.stderr.write('x'.repeat(99).concat('\\n').repeat(200_000)); console.error('the reason'); process.exitCode = 1`
  const { result, folder, engine } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect((await runError(engine, result))?.message).toContain('| the reason')
}, 60_000)

test('a command has the grace period of the settings to end', async () => {
  const slow = `process.on('SIGTERM', () => setTimeout(() => { console.log('tidied up'); process.exit(1) }, 500))
    console.log('started'); setInterval(() => {}, 1000)`
  const lines = async (grace: number) => {
    const { folder } = await run({ slow }, [{ nodename: 'slow', maxexectime: 1 }], { grace })
    using _ = folder
    return folder.read('runs/r1/slow/stdout.log')
  }
  expect(await lines(30)).toContain('tidied up')
  expect(await lines(0.05)).not.toContain('tidied up')
})

test('an interruption ends running nodes and starts no more', async () => {
  const controller = new AbortController()
  const runs = new TemporaryFolder()
  using _runs = runs
  const scripts = { slow: `fs.writeFileSync(task.args[0], String(process.pid)); forEver()`, next: '' }
  const file = path.join(runs.path, 'pid')
  const done = run(
    scripts,
    [
      { nodename: 'slow', args: [file] },
      { nodename: 'next', after: ['slow'] },
      { nodename: 'other', funcname: 'next' },
    ],
    {
      signal: controller.signal,
      cores: 1,
    },
  )
  const pid = Number(await contentOf(file))
  controller.abort()
  const { result, folder, states, engine } = await done
  using _ = folder
  expect(states).toBe('slow cancelled, next cancelled, other cancelled')
  expect(result.state).toBe('cancelled')
  expect((await runError(engine, result))?.message).toBe('the run r1 was cancelled')
  expect(isAlive(pid)).toBe(false)
})

test('retries a node that took too long up to its limit, but not one that failed', async () => {
  const scripts = {
    slow: `fs.appendFileSync('tries', 'x'); if (fs.readFileSync('tries', 'utf8') === 'xx') out([1]); else forEver()`,
    bad: `fs.appendFileSync('tries', 'x'); process.exit(1)`,
  }
  const { result, folder } = await run(scripts, [
    { nodename: 'slow', maxexectime: 1, maxretries: 2 },
    { nodename: 'bad', maxretries: 5 },
  ])
  using _ = folder
  expect(result.nodes[0]).toMatchObject({ state: 'successful', out: [1], retries: 1 })
  expect(folder.read('runs/r1/slow/stderr.log')).toBe('[cpm: took longer than 1 s, retrying (1)]\n')
  expect(result.nodes[1]?.state).toBe('failed')
  expect(folder.read('runs/r1/bad/tries')).toBe('x')
})

test("a command that can't be started fails its node with the reason", async () => {
  const folder = new TemporaryFolder().write({ 'bin/interpreter': '', 'bin/ok': '#!/bin/sh\n' })
  using _ = folder
  const interpreter = path.join(folder.path, 'bin/interpreter')
  folder.write({ 'bin/lost': `#!${interpreter}\n`, 'bin/lose': `#!/bin/sh\nrm '${interpreter}'\n` })
  const engine = createLocalEngine({ records: new RunRecords(path.join(folder.path, 'runs')), env: processEnvironment })
  const functions = [
    { executortype: 'x', name: 'lose', command: ['bin/lose'] },
    { executortype: 'x', name: 'lost', command: ['bin/lost'] },
    { executortype: 'x', name: 'ok', command: ['bin/ok'] },
    { executortype: 'x', name: 'long', command: ['bin/ok', ...Array.from({ length: 80 }, () => 'x'.repeat(1e5))] },
  ]
  const node = (nodename: string, funcname: string, dependencies: string[] = []) => ({
    nodename,
    funcname,
    conditions: { executortype: 'x', dependencies },
  })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: [node('lose', 'lose'), node('a', 'lost', ['lose']), node('b', 'long'), node('c', 'ok')],
  })
  await engine.submit({ ...PREPARED, spec, root: folder.path, functions })
  const { nodes } = await engine.watch('r1')
  expect(nodes.map(({ state, error }) => [state, error])).toEqual([
    ['successful', undefined],
    ['failed', "its command can't be started: the interpreter in its first line (#!) does not exist"],
    ['failed', "its command can't be started: its arguments and variables are too long"],
    ['successful', undefined],
  ])
})

test('a time limit longer than the longest timer counts as none', async () => {
  const { result, folder } = await run({ a: 'out([1])' }, [{ nodename: 'a', maxexectime: 1e9 }])
  using _ = folder
  expect(result.state).toBe('successful')
})

test('keeps all output of a command that ends immediately', async () => {
  const folder = new TemporaryFolder().write({ 'bin/quick': '#!/bin/sh\necho said; echo complained >&2\n' })
  using _ = folder
  const engine = createLocalEngine({ records: new RunRecords(path.join(folder.path, 'runs')), env: processEnvironment })
  const functions = [{ executortype: 'x', name: 'quick', command: ['bin/quick'] }]
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: ['a', 'b', 'c'].map((nodename) => ({ nodename, funcname: 'quick', conditions: { executortype: 'x' } })),
  })
  await engine.submit({ ...PREPARED, spec, root: folder.path, functions })
  await engine.watch('r1')
  for (const node of ['a', 'b', 'c']) {
    expect(folder.read(`runs/r1/${node}/stdout.log`)).toBe('said\n')
    expect(folder.read(`runs/r1/${node}/stderr.log`)).toBe('complained\n')
  }
})

test('logs that become too long are cut without blocking the command', async () => {
  const script = `const line = 'x'.repeat(1023) + '\\n'; for (let i = 0; i < 20 * 1024; i++) fs.writeSync(1, line); out(['done'])`
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect(result.nodes[0]?.out).toEqual(['done'])
  const log = folder.read('runs/r1/a/stdout.log')
  expect(log.length).toBeLessThan(16 * 1024 * 1024 + 100)
  expect(log).toMatch(/\n\[cut by cpm: 4194304 bytes are left out here\]\n/)
  expect(log.endsWith('x\n')).toBe(true)
})

test('starts nothing if a node has no function', async () => {
  const nodes = [{ nodename: 'a' }, { nodename: 'b', funcname: 'bb' }, { nodename: 'c', funcname: 'aa' }]
  const error = await errorOf(() => run({ a: `fs.writeFileSync('/nowhere', '')`, bbb: '' }, nodes))
  expect(error.code).toBe('WORKFLOW_INVALID')
  expect(error.message.split('\n')).toEqual([
    "the local engine can't run this workflow:",
    '  b: the package declares no function bb for x; did you mean bbb?',
    '  c: the package declares no function aa for x; did you mean a?',
  ])
})

test('does not run an existing run again', async () => {
  const { folder, engine } = await run({ a: `fs.appendFileSync('ran', 'x')` }, [{ nodename: 'a' }])
  using _ = folder
  const again = { ...PREPARED, spec: new RunRecords(path.join(folder.path, 'runs')).spec('r1'), root: folder.path }
  expect(await engine.submit({ ...again, functions: [] })).toMatchObject({ run: 'r1', state: 'successful' })
  expect(folder.read('runs/r1/a/ran')).toBe('x')
  expect((await errorOf(() => engine.submit({ ...again, run: '../r2', functions: [] }))).code).toBe('USAGE')
})

test('a node that asks for more than the machine has is refused before anything runs', async () => {
  const nodes = [{ nodename: 'a' }, { nodename: 'b', funcname: 'a', cpu: '2500m' }, { nodename: 'c', funcname: 'a', cpu: '9000m', mem: '2Gi' }] // prettier-ignore
  const error = await errorOf(() => run({ a: '' }, nodes))
  expect(error.code).toBe('WORKFLOW_INVALID')
  expect(error.message.split('\n').slice(1)).toEqual([
    '  b: needs cpu 2500m of 2000m',
    '  c: needs cpu 9000m of 2000m and mem 2048Mi of 1024Mi',
  ])
})

test('nodes wait for room and never use more than the machine has', async () => {
  const script = `const others = fs.readdirSync(task.args[0]); fs.writeFileSync(task.args[0] + '/' + task.nodename, '')
    setTimeout(() => { out(others); fs.rmSync(task.args[0] + '/' + task.nodename) }, 50)`
  using shared = new TemporaryFolder()
  const node = (nodename: string) => ({ nodename, funcname: 'a', args: [shared.path], cpu: '1m', mem: '600Mi' })
  const { result, folder } = await run({ a: script }, [node('a'), node('b'), node('c')])
  using _ = folder
  expect(result.nodes.map(({ out }) => out)).toEqual([[], [], []])
})

test("if cpm can't continue, for example because the disk is full, the run ends with the reason in its record", async () => {
  const folder = new TemporaryFolder().write({ 'bin/spoil': `${PRELUDE}fs.writeFileSync('../b', '')` })
  using _ = folder
  const records = new RunRecords(path.join(folder.path, 'runs'))
  const engine = createLocalEngine({ records, env: processEnvironment })
  const node = (nodename: string, dependencies: string[] = []) => ({ nodename, funcname: 'spoil', conditions: { executortype: 'x', dependencies } }) // prettier-ignore
  const spec = WorkflowSpec.parse({ kind: 'Workflow', functions: [node('a'), node('b', ['a']), node('c', ['b'])] })
  const functions = [{ executortype: 'x', name: 'spoil', command: ['bin/spoil'] }]
  await engine.submit({ ...PREPARED, spec, root: folder.path, functions })
  expect((await errorOf(() => engine.watch('r1'))).code).toBe('FILE_UNWRITABLE')
  const { state, nodes } = records.read('r1')
  expect([state, ...nodes.map((one) => one.state)]).toEqual(['failed', 'successful', 'failed', 'cancelled'])
  expect(nodes[1]?.error).toMatch(/^cpm could not continue: cannot write .*\(EEXIST\)$/)
})

test('nodes with higher priority get room first, and a node that waits too long fails', async () => {
  const scripts = { a: `fs.appendFileSync(task.args[0], task.nodename); setTimeout(() => undefined, task.args[1])` }
  using shared = new TemporaryFolder()
  const args = (milliseconds: number) => [path.join(shared.path, 'order'), milliseconds]
  const node = (nodename: string, rest = {}) => ({ nodename, funcname: 'a', args: args(0), ...rest })
  const { result, folder } = await run(
    scripts,
    [node('low'), node('late', { priority: -1, maxwaittime: 1 }), node('high', { priority: 5, args: args(1500) })],
    { cores: 1 },
  )
  using _ = folder
  expect(shared.read('order')).toBe('highlow')
  expect(result.nodes.map(({ state, error }) => [state, error])).toEqual([
    ['successful', undefined],
    ['failed', 'it waited longer than 1 s'],
    ['successful', undefined],
  ])
})

test('reuses the outputs of nodes that an earlier run completed', async () => {
  const nodes = [{ nodename: 'a' }, { nodename: 'b' }, { nodename: 'c', after: ['b', 'a'] }]
  const done = { run: 'r0', out: new Map([['a', ['from a']]]) }
  const { result, folder } = await run({ b: `out(['from b'])`, c: 'out(task.in)' }, nodes, { done })
  using _ = folder
  expect(result).toMatchObject({ state: 'successful', retryOf: 'r0' })
  expect(result.nodes[0]).toMatchObject({ state: 'successful', reused: true, out: ['from a'] })
  expect(result.nodes[2]?.out).toEqual(['from b', 'from a'])
  // Also for later readers, without the earlier run.
  const later = createLocalEngine({
    records: new RunRecords(path.join(folder.path, 'runs')),
    env: new EnvironmentVariables({}),
  })
  expect(await later.read('r1')).toEqual(result)
})

test('numbers in an output reach the next node and readers unchanged', async () => {
  const numbers = '[12345678901234567890,1.0,1.10,-0,1e400,{"a":[2.50]}]'
  const { folder, result, engine } = await run(
    {
      first: `fs.writeFileSync(process.env.CPM_OUTPUT, ${JSON.stringify(numbers)})`,
      second: "fs.writeFileSync('seen.json', fs.readFileSync('input.json'))\nout([])",
    },
    [{ nodename: 'first' }, { nodename: 'second', after: ['first'] }],
  )
  using _ = folder
  expect(result.state).toBe('successful')
  expect(folder.read('runs/r1/second/seen.json')).toContain(`"in":${numbers}`)
  const [first] = (await engine.read('r1')).nodes
  expect(exactJson(first?.out)).toBe(numbers)
})

test.each(['[NaN]', '[01]', '[1.]', '[Infinity]'])('refuses the output %s, which is not JSON', async (text) => {
  const { folder, result } = await run({ bad: `fs.writeFileSync(process.env.CPM_OUTPUT, ${JSON.stringify(text)})` }, [
    { nodename: 'bad' },
  ])
  using _ = folder
  expect(result.nodes[0]?.error).toMatch(/^its output is refused at 1:2: /)
})

test('a node whose input has become too large fails at once, not when the last of its dependencies ends', async () => {
  const scripts = { make: `out(['x'.repeat(4 * 1024 * 1024 - 4)])`, slow: `forEver()`, join: '', last: '' }
  const makers = Array.from({ length: 9 }, (_, index) => ({ nodename: `make-${index}`, funcname: 'make' }))
  const after = [...makers.map(({ nodename }) => nodename), 'slow']
  const nodes = [{ nodename: 'slow' }, ...makers, { nodename: 'join', after }, { nodename: 'last', after: ['join'] }]
  const { result, states, folder } = await run(scripts, nodes, { cores: 4 })
  using _ = folder
  expect(result.nodes.find(({ nodename }) => nodename === 'join')?.error).toBe(
    'the outputs of its dependencies are larger than 32 MiB together',
  )
  expect(states).toContain('slow failed')
  expect(states).toContain('join failed, last failed')
})

test('the same outputs, reused by a retry, are refused before anything runs', async () => {
  const out = ['x'.repeat(4 * 1024 * 1024 - 4)]
  const makers = Array.from({ length: 9 }, (_, index) => ({ nodename: `make-${index}` }))
  const after = makers.map(({ nodename }) => nodename)
  const nodes = [...makers, { nodename: 'other' }, { nodename: 'join', after }, { nodename: 'last', after: ['join'] }]
  const done = { run: 'r0', out: new Map(after.map((name) => [name, out])) }
  const { states, folder } = await run({ other: '', join: '', last: '' }, nodes, { done, cores: 1 })
  using _ = folder
  expect(states).toContain('other failed, join failed, last failed')
})
