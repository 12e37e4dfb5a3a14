import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { CpmEvent } from '../../../src/schema/events.ts'
import type { LocalFunction } from '../../../src/schema/manifest.ts'
import type { RunOptions } from '../../../src/workflow/runs/engine.ts'
import { createLocalEngine } from '../../../src/workflow/local/local-engine.ts'
import { runError } from '../../../src/workflow/runs/run-error.ts'
import { WorkflowSpec } from '../../../src/workflow/specs/spec.ts'
import { errorOf, TemporaryFolder } from '../rig.ts'

/** Functions are small scripts of node: what each does is its body, with `task`, `out(array)`, `fs` and `spawn` at hand. */
const PRELUDE = `#!${process.execPath}
const fs = require('node:fs')
const { spawn } = require('node:child_process')
const task = JSON.parse(fs.readFileSync(0, 'utf8'))
const out = (value) => fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(value))
const forEver = () => setInterval(() => {}, 1000)
`

type Scripts = Record<string, string>
type Node = { nodename: string; funcname?: string; after?: string[] } & Record<string, unknown>

async function run(scripts: Scripts, nodes: Node[], options: Partial<RunOptions> & { parallel?: number } = {}) {
  const folder = new TemporaryFolder()
  folder.write(Object.fromEntries(Object.entries(scripts).map(([name, body]) => [`bin/${name}`, PRELUDE + body])))
  const functions: LocalFunction[] = Object.keys(scripts).map((name) => ({
    executortype: 'x',
    name,
    command: [`bin/${name}`],
  }))
  const events: CpmEvent[] = []
  const { parallel = 2, ...rest } = options
  const engine = createLocalEngine({
    runs: path.join(folder.path, 'runs'),
    emit: (event) => events.push(event),
    env: process.env,
    parallel,
  })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: nodes.map(({ after = [], funcname, ...node }) => ({
      ...node,
      funcname: funcname ?? node.nodename,
      conditions: { executortype: 'x', dependencies: after },
    })),
  })
  try {
    const result = await engine.run(spec, { root: folder.path, functions, run: 'r1', timeout: 30, ...rest })
    return {
      result,
      events,
      folder,
      states: result.nodes.map(({ nodename, state }) => `${nodename} ${state}`).join(', '),
    }
  } catch (error) {
    folder[Symbol.dispose]()
    throw error
  }
}

/** Whether a process runs. One that has ended and waits for its parent's notice, as orphans may for a while, does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until a file is there and has something in it. */
async function contentOf(file: string): Promise<string> {
  for (;;) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    if (text !== '') return text
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('runs nodes in their folders and hands outputs to children, in the order of dependencies', async () => {
  const scripts = {
    make: `console.log('made ' + task.args[0]); out([task.args[0], { n: task.kwargs.n }])`,
    join: `out([task])`,
  }
  const { result, folder, events, states } = await run(scripts, [
    { nodename: 'a', funcname: 'make', args: ['x'], kwargs: { n: 1 } },
    { nodename: 'b', funcname: 'make', args: ['y'], kwargs: { n: 2 } },
    { nodename: 'c', funcname: 'join', args: [1], after: ['b', 'a'] },
  ])
  using _ = folder
  expect(states).toBe('a successful, b successful, c successful')
  expect(result).toMatchObject({ run: 'r1', state: 'successful', folder: path.join(folder.path, 'runs/r1') })
  const task = { nodename: 'c', funcname: 'join', args: [1], kwargs: {}, in: ['y', { n: 2 }, 'x', { n: 1 }] }
  expect(result.nodes[2]).toMatchObject({ nodename: 'c', out: [task], folder: path.join(folder.path, 'runs/r1/c') })
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
  ])
  expect(runError(result)).toBeUndefined()
})

test('keeps what it writes to its owner', async () => {
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

test('a node that writes no output hands on an empty array; one may ignore its input', async () => {
  const scripts = { quiet: 'process.exit(0)', child: 'out(task.in)' }
  const { result, folder } = await run(scripts, [
    { nodename: 'quiet', args: ['x'.repeat(1_000_000)] },
    { nodename: 'child', after: ['quiet'] },
  ])
  using _ = folder
  expect(result.nodes.map(({ out }) => out)).toEqual([[], []])
})

test('a failure ends what depends on it and nothing else', async () => {
  const scripts = { ok: 'out([1])', bad: `console.error('\\x1b[31mno such\\x07 thing'); process.exit(3)` }
  const { result, folder, states } = await run(scripts, [
    { nodename: 'a', funcname: 'bad' },
    { nodename: 'b', funcname: 'ok', after: ['a'] },
    { nodename: 'c', funcname: 'ok', after: ['b', 'd'] },
    { nodename: 'd', funcname: 'ok' },
    { nodename: 'e', funcname: 'ok', after: ['d'] },
  ])
  using _ = folder
  expect(states).toBe('a failed, b cancelled, c cancelled, d successful, e successful')
  expect(result.state).toBe('failed')
  expect(result.nodes[0]?.error).toBe('its command ended with status 3')
  expect(result.nodes[1]).not.toHaveProperty('error')
  const error = runError(result)
  expect(error).toMatchObject({
    code: 'RUN_FAILED',
    exitCode: 10,
    hint: `its logs are in ${path.join(folder.path, 'runs/r1/a')}`,
  })
  expect(error?.message.split('\n')).toEqual([
    'the run r1 failed:',
    '  a: its command ended with status 3',
    '    | [31mno such thing',
    '  2 that depend on it did not run',
  ])
})

test.each([
  ['an output that is no array', 'out({})', 'its output is not an array'],
  ['an output that is not JSON', `fs.writeFileSync(process.env.CPM_OUTPUT, '[1')`, 'its output is not JSON'],
  [
    'an output that is too large',
    `fs.writeFileSync(process.env.CPM_OUTPUT, '["' + 'x'.repeat(5e6) + '"]')`,
    'its output is larger than 4 MiB',
  ],
  ['a link as output', `fs.symlinkSync('/etc/hostname', process.env.CPM_OUTPUT)`, 'its output is not a regular file'],
  ['a signal', `process.kill(process.pid, 'SIGSEGV')`, 'its command was ended by SIGSEGV'],
])('%s is a failure', async (_title, script, message) => {
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect(result.nodes[0]).toMatchObject({ state: 'failed', error: message })
})

test('a function gets a few variables, those of the spec, and nothing else of the environment', async () => {
  // In the environment of this process itself, as it is when a user runs cpm.
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

test('arguments reach the command as they are: there is no shell', async () => {
  const folder = new TemporaryFolder().write({ 'bin/show': `${PRELUDE}out(process.argv.slice(2))` })
  using _ = folder
  const args = ['$(touch pwned)', '`x`', '; rm -rf /', '--', '*', 'a b', "'"]
  const engine = createLocalEngine({ runs: path.join(folder.path, 'runs'), emit: () => undefined, env: process.env })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: [{ nodename: 'a', funcname: 'show', conditions: { executortype: 'x' } }],
  })
  const functions = [{ executortype: 'x', name: 'show', command: ['./bin/show', ...args] }]
  const { nodes } = await engine.run(spec, { root: folder.path, functions })
  expect(nodes[0]?.out).toEqual(args)
})

test('a time limit ends the whole group of processes, and nothing is left', async () => {
  const scripts = {
    // A process that ignores the request to end, with a child and a grandchild that do so too.
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

test('what a command leaves behind is ended with it, and does not hold up the run', async () => {
  const script = `const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); child.unref(); out([child.pid]); process.exit(0)`
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect(result.state).toBe('successful')
  const [pid] = result.nodes[0]?.out as [number]
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('one that escapes its group holds up the run no longer than a moment', async () => {
  const script = `const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true }); child.unref(); console.log('said'); out([child.pid]); process.exit(0)`
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  const [pid] = result.nodes[0]?.out as [number]
  process.kill(pid, 'SIGKILL')
  expect(result.state).toBe('successful')
  expect(folder.read('runs/r1/a/stdout.log')).toBe('said\n')
})

test('an interruption ends what runs and starts nothing more', async () => {
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
      parallel: 1,
    },
  )
  const pid = Number(await contentOf(file))
  controller.abort()
  const { result, folder, states } = await done
  using _ = folder
  expect(states).toBe('slow cancelled, next cancelled, other cancelled')
  expect(result.state).toBe('cancelled')
  expect(runError(result)?.code).toBe('INTERRUPTED')
  expect(isAlive(pid)).toBe(false)
})

test('a node that took too long is tried again as often as it may be, one that failed is not', async () => {
  const scripts = {
    slow: `fs.appendFileSync('tries', 'x'); if (fs.readFileSync('tries', 'utf8') === 'xx') out([1]); else forEver()`,
    bad: `fs.appendFileSync('tries', 'x'); process.exit(1)`,
  }
  const { result, folder } = await run(scripts, [
    { nodename: 'slow', maxexectime: 1, maxretries: 2 },
    { nodename: 'bad', maxretries: 5 },
  ])
  using _ = folder
  expect(result.nodes[0]).toMatchObject({ state: 'successful', out: [1] })
  expect(folder.read('runs/r1/slow/stderr.log')).toBe('[cpm: took longer than 1 s, trying again (1)]\n')
  expect(result.nodes[1]?.state).toBe('failed')
  expect(folder.read('runs/r1/bad/tries')).toBe('x')
})

test('the limit that is handed in is for nodes without their own', async () => {
  const { result, folder } = await run({ a: 'forEver()' }, [{ nodename: 'a' }], { timeout: 1 })
  using _ = folder
  expect(result.nodes[0]?.error).toBe('it took longer than 1 s')
})

test('a limit longer than a timer can run is no limit', async () => {
  const { result, folder } = await run({ a: 'out([1])' }, [{ nodename: 'a', maxexectime: 1e9 }])
  using _ = folder
  expect(result.state).toBe('successful')
})

test('logs are cut where they become too long, and the command is not held up', async () => {
  const script = `const line = 'x'.repeat(1023) + '\\n'; for (let i = 0; i < 20 * 1024; i++) fs.writeSync(1, line); out(['done'])`
  const { result, folder } = await run({ a: script }, [{ nodename: 'a' }])
  using _ = folder
  expect(result.nodes[0]?.out).toEqual(['done'])
  const log = folder.read('runs/r1/a/stdout.log')
  expect(log.length).toBeLessThan(16 * 1024 * 1024 + 100)
  expect(log).toMatch(/\n\[cut by cpm: longer than 16777216 bytes\]\n$/)
})

test('nothing is started when there is a node for which there is nothing to start', async () => {
  const nodes = [{ nodename: 'a' }, { nodename: 'b', funcname: 'bb' }, { nodename: 'c', funcname: 'aa' }]
  const error = await errorOf(() => run({ a: `fs.writeFileSync('/nowhere', '')`, bbb: '' }, nodes))
  expect(error.code).toBe('WORKFLOW_INVALID')
  expect(error.message.split('\n')).toEqual([
    'the local engine can’t run this workflow:',
    '  b: the package declares no function bb for x; did you mean bbb?',
    '  c: the package declares no function aa for x; did you mean a?',
  ])
})

test('a run never takes the folder of another', async () => {
  const { folder } = await run({ a: '' }, [{ nodename: 'a' }])
  using _ = folder
  const engine = createLocalEngine({ runs: path.join(folder.path, 'runs'), emit: () => undefined, env: process.env })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: [{ nodename: 'a', funcname: 'a', conditions: { executortype: 'x' } }],
  })
  const options = { root: folder.path, functions: [{ executortype: 'x', name: 'a', command: ['bin/a'] }] }
  expect((await errorOf(() => engine.run(spec, { ...options, run: 'r1' }))).code).toBe('FILE_EXISTS')
  expect((await errorOf(() => engine.run(spec, { ...options, run: '../r2' }))).code).toBe('USAGE')
})
