import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { RunSnapshot } from '../../src/engines/runs/snapshot.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'

const DEPENDS = (name: string) => `conditions: { executortype: x, dependencies: [${name}] }`
const WORKFLOW = `kind: Workflow
functions:
  - { nodename: first, funcname: make, conditions: { executortype: x } }
  - { nodename: busy, funcname: busy, ${DEPENDS('first')} }
  - { nodename: last, funcname: show, ${DEPENDS('busy')} }
`
/** Writes its pid and keeps running, with a child in a separate session, until a file `mended` exists. */
const BUSY = `#!${process.execPath}
const fs = require('node:fs'), { spawn } = require('node:child_process')
const shared = process.env.CPM_PACKAGE + '/'
if (fs.existsSync(shared + 'mended')) {
  fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(['mended', JSON.parse(fs.readFileSync(0, 'utf8')).in]))
} else {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
  console.log('\\x1b[2Jbusy\\r100%')
  fs.writeFileSync(shared + 'pids.new', process.pid + ' ' + child.pid)
  fs.renameSync(shared + 'pids.new', shared + 'pids')
  setInterval(() => {}, 1000)
}
`

/** Starts the real binary with a node that runs until it is stopped. Returns the pids of the node once it runs. */
async function startBusy(rig: Rig, flags: readonly string[] = []) {
  const folder = rig.package('sample@1.2.3', {
    functions: ['make', 'busy', 'show'].map((name) => ({ executortype: 'x', name, command: [`bin/${name}`] })),
    files: {
      'workflows/main.yaml': WORKFLOW,
      'bin/make': `#!/bin/sh\necho '["made"]' > "$CPM_OUTPUT"\n`,
      'bin/busy': BUSY,
      'bin/show': `#!/bin/sh\ncat\n`,
    },
  })
  for (const name of fs.readdirSync(path.join(folder, 'bin'))) fs.chmodSync(path.join(folder, 'bin', name), 0o755)
  const command = rig.start(['submit', folder, '--engine', 'local', ...flags])
  const pids = path.join(folder, 'pids')
  await expect.poll(() => fs.existsSync(pids), { timeout: 30_000 }).toBe(true)
  const numbers = fs.readFileSync(pids, 'utf8').split(' ').map(Number)
  // Cleans up even if the test fails.
  onTestFinished(() => {
    for (const pid of numbers.filter(isAlive)) process.kill(pid, 'SIGKILL')
  })
  return { folder, command, pids: numbers }
}

/** Returns whether a process runs. A zombie, which an orphan may be for a while, does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const statesOf = ({ nodes }: RunSnapshot) => nodes.map(({ nodename, state }) => `${nodename} ${state}`).join(', ')

test.runIf(process.platform === 'linux')(
  'a run whose cpm was killed has failed, leaves no processes, and can be retried',
  async () => {
    await using rig = await Rig.create()
    const { folder, command, pids } = await startBusy(rig)
    const [active] = ((await rig.cpm('workflow list --json')).json.data as { runs: { state: string }[] }).runs
    expect(active).toMatchObject({ state: 'running', nodes: { successful: 1, running: 1, waiting: 1 } })
    expect((await rig.cpm('workflow retry')).stderr).toMatch(/RUN_ACTIVE.* is still running/)
    command.kill('SIGKILL')
    await command
    expect(pids.every(isAlive)).toBe(true)

    const list = await rig.cpm('workflow list')
    expect(list.stdout).toMatch(/^✗ \S+ {2}sample@1\.2\.3 {2}failed .* 1 of 3 done$/)
    await expect.poll(() => pids.filter(isAlive)).toEqual([])
    const killed = (await rig.cpm('workflow get --json')).json.data as RunSnapshot
    expect(statesOf(killed)).toBe('first successful, busy failed, last cancelled')
    expect(killed.nodes[1]?.error).toBe(
      `the cpm process ${command.pid} that ran it was killed, or the machine went down`,
    )

    fs.writeFileSync(path.join(folder, 'mended'), '')
    const retry = await rig.cpm('workflow retry --json')
    const again = retry.json.data as RunSnapshot
    expect(statesOf(again)).toBe('first successful, busy successful, last successful')
    expect(again).toMatchObject({ retryOf: killed.run, nodes: [{ reused: true }, { out: ['mended', ['made']] }, {}] })
    expect((await rig.cpm('workflow logs')).stdout).toContain('last | {"nodename":"last"')

    // An unreadable record does not hide the others, and can be removed.
    rig.write({ 'home/runs/zzz/run.json': '{' })
    const damaged = await rig.cpm('workflow list')
    expect(damaged.stderr).toMatch(/run\.json can't be read: it is not JSON\n {2}hint: cpm workflow rm zzz$/)
    expect(damaged.stdout.split('\n')).toHaveLength(2)
    expect(await rig.cpm(`workflow rm zzz ${killed.run}`)).toMatchObject({ code: 0, stdout: 'removed 2 runs' })
    expect(fs.readdirSync(path.join(rig.home, 'runs'))).toEqual([again.run])
  },
)

test('other processes can cancel, watch and wait for a run', async () => {
  await using rig = await Rig.create()
  const { command, pids } = await startBusy(rig)
  // No colors or clearing of the screen, and progress on separate lines.
  await expect.poll(async () => (await rig.cpm('workflow logs')).stdout).toBe('busy | busy\nbusy | 100%')
  expect((await rig.cpm('workflow graph')).stdout.split('\n').slice(1)).toEqual([
    expect.stringMatching(/^└─ ✓ first {2}/),
    expect.stringMatching(/^ {3}└─ ● busy {2}running for /),
    '      └─ ○ last',
  ])
  const late = await rig.cpm('workflow wait --timeout 0.2')
  expect(late).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/RUN_TIMEOUT.* within 0\.2 s and continues/) as string,
  })
  const waiting = rig.cpm('workflow wait')
  const cancel = await rig.cpm('workflow cancel 2 --json')
  expect(statesOf(cancel.json.data as RunSnapshot)).toBe('first successful, busy cancelled, last cancelled')
  expect(pids.slice(0, 1).filter(isAlive)).toEqual([])
  const submit = await command
  expect(submit.exitCode).toBe(10)
  expect(submit.stderr).toMatch(/error\[RUN_FAILED\]: the run \S+ was cancelled/)
  expect(await waiting).toMatchObject({ code: 10, stderr: expect.stringContaining('was cancelled') as string })
})

test('an interruption stops a run and names it', async () => {
  await using rig = await Rig.create()
  const { command, pids } = await startBusy(rig, ['--json'])
  command.kill('SIGINT')
  const { exitCode, stdout } = await command
  const { error } = JSON.parse(stdout) as Pick<CpmResult['json'], 'error'>
  const { run } = (await rig.cpm('workflow get --json')).json.data as RunSnapshot
  expect(error).toEqual({
    code: 'INTERRUPTED',
    message: `interrupted by SIGINT; the run ${run} was cancelled`,
    hint: `cpm workflow retry ${run}`,
    details: { run, state: 'cancelled' },
  })
  expect([exitCode, pids.slice(0, 1).filter(isAlive)]).toEqual([130, []])

  // Reports the number of runs even if none is in the requested state.
  const list = await rig.cpm('workflow list --state failed')
  expect(list.stdout).toBe('none of 1 run is in this state')
})

test('a second interruption ends cpm at once, and programs that ignore the first one', async () => {
  await using rig = await Rig.create()
  const folder = rig.package('sample@1.2.3', {
    functions: [{ executortype: 'x', name: 'stay', command: ['bin/stay'] }],
    files: {
      'workflows/main.yaml': `kind: Workflow\nfunctions: [{ nodename: a, funcname: stay, conditions: { executortype: x } }]\n`,
      'bin/stay': `#!/bin/sh\ntrap '' TERM\necho $$\nwhile :; do sleep 1; done\n`,
    },
  })
  fs.chmodSync(path.join(folder, 'bin/stay'), 0o755)
  const command = rig.start(['submit', folder, '--engine', 'local', '--logs'])
  const pid = await new Promise<number>((resolve) => {
    command.stderr.on('data', (text) => {
      const [, said] = /^a \| (\d+)$/m.exec(String(text)) ?? []
      if (said !== undefined) resolve(Number(said))
    })
  })
  command.kill('SIGINT')
  command.kill('SIGINT')
  // The system merges simultaneous signals, so more are sent until cpm has ended.
  const again = setInterval(() => command.kill('SIGINT'), 50)
  const { exitCode } = await command
  clearInterval(again)
  expect(exitCode).toBe(130)
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('changes by a program to installed packages are found before they run again', async () => {
  await using rig = await Rig.create()
  const workflow = (node: string) => `kind: Workflow\nfunctions:\n  - ${node}\n`
  const damage = `#!/bin/sh\ncd "$CPM_PACKAGES/tools/bin" && chmod u+w use && echo changed > use\n`
  const functions = (name: string) => [{ executortype: 'x', name, command: [`bin/${name}`] }]
  await rig.publish(
    ['tools@1.0.0', { functions: functions('use'), files: { 'bin/use': '#!/bin/sh\n', 'workflows/main.yaml': workflow('{ nodename: use, funcname: use, conditions: { executortype: x } }') } }],
    ['sample@1.0.0', { functions: functions('damage'), dependencies: { tools: '1' }, files: { 'bin/damage': damage, 'workflows/main.yaml': workflow('{ nodename: damage, funcname: damage, conditions: { executortype: x } }'), 'workflows/both.yaml': workflow('{ $include: tools }') } }],
  ) // prettier-ignore
  const cwd = rig.project()
  expect((await rig.cpm('install sample', { cwd })).code).toBe(0)
  expect((await rig.cpm('submit sample --engine local --workflow both', { cwd })).code).toBe(0)
  expect((await rig.cpm('submit sample --engine local', { cwd })).code).toBe(0)
  expect((await rig.cpm('verify', { cwd })).stderr).toContain('changed bin/use')
  const refused = await rig.cpm('submit sample --engine local --workflow both', { cwd })
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('tools@1.0.0 does not match what was signed, so it is not run') as string }) // prettier-ignore
})
