import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RPCS } from '../../src/schema/colony/rpcs.ts'
import type { RunSnapshot } from '../../src/engines/runs/snapshot.ts'
import { Relay } from '../rig/relay.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { cpmAtTerminal, HAS_TERMINAL } from '../rig/terminal.ts'
import { LiveColony, missing, SERVER, title } from './live-colony.ts'
import type { Work } from './live-executor.ts'
import { shown } from './shown.ts'

/** Commands as a user types them, with an executor that does what the arguments of a node say. */
describe.skipIf(missing.length > 0)(`${title}: commands`, () => {
  let live: LiveColony
  let relay: Relay
  let rig: Rig
  let folder: string
  /** lets waiting nodes continue */
  let release = (): void => undefined
  let isMended = false
  const ran: string[] = []

  const work: Work = async ({ spec, in: inputs }, log) => {
    const { nodename, args } = spec
    ran.push(nodename)
    await log(`${nodename} begins`)
    if (args[0] === 'wait') await new Promise<void>((resolve) => (release = resolve))
    if (args[0] === 'fail' && !isMended) {
      await log('no room left on the device')
      throw new Error('exit status 3')
    }
    return args[0] === 'join' ? inputs : args.slice(1)
  }

  beforeAll(async () => {
    live = await LiveColony.open(['f'])
    live.executor.serve(work)
    relay = await Relay.open({ to: SERVER })
    rig = await Rig.create()
    const node = (name: string, args: string, after = '') => `  - { nodename: ${name}, funcname: f, args: [${args}], conditions: { executortype: ${live.type}, dependencies: [${after}] } }\n` // prettier-ignore
    const workflow = (...nodes: string[]) => `kind: Workflow\nfunctions:\n${nodes.join('')}`
    folder = rig.package('scan@1.0.0', {
      files: {
        'workflows/main.yaml': workflow(node('cut', 'say, [1, 2]'), node('join', 'join', 'cut')),
        'workflows/broken.yaml': workflow(node('fetch', 'say'), node('cut', 'fail', 'fetch'), node('join', 'join', 'cut'), node('page', 'join', 'join')), // prettier-ignore
        'workflows/long.yaml': workflow(node('first', 'wait, 7'), node('last', 'join', 'first')),
      },
    })
  })
  afterAll(async () => {
    release()
    await rig[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
    await relay[Symbol.asyncDispose]()
  })

  const cpm = async (command: string): Promise<CpmResult> => {
    const result = await rig.cpm(command.replace(' .', ` ${folder}`), { env: live.env(relay) })
    shown('', `cpm ${command}`, result)
    return result
  }
  const newest = async () => ((await cpm('workflow get --json')).json.data as RunSnapshot).run
  const started = (words: string) => rig.start(words.replace(' .', ` ${folder}`), { env: live.env(relay) })

  test('submit --wait --logs shows logs and outputs of nodes', async () => {
    const { code, stdout, stderr } = await cpm('submit . --wait --logs')
    expect(code).toBe(0)
    expect(stderr).toMatch(/cut \| cut begins\n(?:.*\n)*join \| join begins/)
    expect(stderr).toMatch(/✓ cut {2}[\d.]+ s/)
    expect(stdout).toMatch(/^join: \[\[1,2\]\]\nscan@1\.0\.0 \(a folder\) ran in the colony /)
    expect(relay.count('GET /pubsub')).toBe(1)
  })

  test('a failed run exits with 10 and shows the failed node with its last log lines; a retry reruns it and its dependents', async () => {
    ran.length = 0
    const { code, stdout, stderr } = await cpm('submit . --workflow broken --wait')
    expect([code, stdout]).toEqual([10, ''])
    expect(stderr).toMatch(/failed:\n {2}cut: exit status 3\n {4}\| cut begins\n {4}\| no room left on the device\n/)
    expect(stderr).toMatch(/2 more were stopped as a result, or never ran/)
    const run = await newest()
    expect(ran).toEqual(['fetch', 'cut'])
    const graph = await cpm('workflow graph')
    expect(graph.stdout).toMatch(/✓ fetch.*\n.*✗ cut.*exit status 3\n.*✗ join.*\n.*✗ page/)

    ran.length = 0
    isMended = true
    const retried = await cpm('workflow retry')
    isMended = false
    expect(retried.code).toBe(0)
    expect(ran).toEqual(['cut', 'join', 'page'])
    const got = (await cpm('workflow get --json')).json.data as RunSnapshot
    expect(got).toMatchObject({ retryOf: run, state: 'successful', nodes: [{ nodename: 'fetch', reused: true }, {}, {}, {}] }) // prettier-ignore
    const sent = await live.client.call(RPCS.getGraph, { processgraphid: got.colony?.graph })
    expect(sent.processids).toHaveLength(3)
    expect((await cpm('workflow retry')).code).toBe(2)
  })

  test('--timeout exits with 1 and Ctrl-C with 130 without ending the run; wait, logs and cancel still work', async () => {
    const late = await cpm('submit . --workflow long --timeout 1')
    const first = await newest()
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('RUN_TIMEOUT') as string])
    release()
    expect((await cpm(`workflow wait ${first}`)).code).toBe(0)

    const before = relay.count('GET /pubsub')
    const running = started('submit . --workflow long --wait')
    await relay.seen('GET /pubsub', before + 1)
    running.kill('SIGINT')
    const { exitCode, stderr, stdout } = await running
    const run = await newest()
    shown('Ctrl-C', 'cpm submit . --workflow long --wait', { code: exitCode ?? -1, stderr, stdout }) // prettier-ignore
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining(`the run ${run} continues`) as string])
    const waiting = started(`workflow wait ${run} --logs`)
    await relay.seen('GET /pubsub', before + 2)
    const cancelled = await cpm(`workflow cancel ${run}`)
    expect([cancelled.code, cancelled.stdout]).toEqual([0, expect.stringContaining('cancelled') as string])
    expect((await waiting).exitCode).toBe(10)
    release()
    expect((await cpm(`workflow logs ${run} --node first`)).stdout).toBe('first begins')
  })

  test('list, get and rm work on runs in a colony', async () => {
    const { runs } = (await cpm('workflow list --json')).json.data as { runs: { run: string; state: string }[] }
    expect(runs.map(({ state }) => state)).toEqual(['cancelled', 'successful', 'successful', 'failed', 'successful'])
    await cpm('workflow list')
    await cpm(`workflow get ${runs[3]?.run ?? ''}`)
    const before = await live.statistics()
    const removed = await cpm(`workflow rm ${runs.map(({ run }) => run).join(' ')}`)
    expect([removed.code, removed.stdout]).toEqual([0, 'removed 5 runs'])
    expect(before).toMatchObject({ successfulworkflows: 3, failedworkflows: 1, cancelledworkflows: 1 })
    expect(await live.statistics()).toMatchObject({ successfulworkflows: 0, failedworkflows: 0, cancelledworkflows: 0, successfulprocesses: 0 }) // prettier-ignore
    for (const command of ['colony info', 'colony executors', 'colony functions']) expect((await cpm(command)).code).toBe(0) // prettier-ignore
  })

  test.skipIf(!HAS_TERMINAL)('workflow graph is redrawn while the run continues', async () => {
    await cpm('submit . --workflow long')
    const env = { HOME: rig.root, CPM_HOME: rig.home, ...live.env(relay) }
    const before = relay.count('GET /pubsub')
    const drawing = cpmAtTerminal(['workflow', 'graph'], { cwd: rig.root, env, dialogue: [] })
    await relay.seen('GET /pubsub', before + 1)
    release()
    const { code, shown: text } = await drawing
    expect(code).toBe(0)
    expect(text).toContain('Ctrl-C stops watching; the run continues')
    expect(text).toMatch(/✓ first[\s\S]*✓ last/)
  })
})

/** Failures while a command waits for a run. */
describe.skipIf(missing.length > 0)(`${title}: failures while waiting`, () => {
  let live: LiveColony
  let rig: Rig
  let folder: string
  let release = (): void => undefined
  beforeAll(async () => {
    live = await LiveColony.open(['f'])
    live.executor.serve(() => new Promise<unknown[]>((resolve) => (release = () => { resolve(['done']) }))) // prettier-ignore
    rig = await Rig.create()
    const workflow = `kind: Workflow\nfunctions: [{ nodename: a, funcname: f, conditions: { executortype: ${live.type} } }]\n`
    folder = rig.package('scan@1.0.0', { files: { 'workflows/main.yaml': workflow } })
  })
  afterAll(async () => {
    release()
    await rig[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
  })

  test('cut connections and a short outage of the server lose nothing', async () => {
    await using relay = await Relay.open({ to: SERVER })
    const running = rig.start(['submit', folder, '--wait', '--logs'], { env: live.env(relay) })
    await relay.seen('GET /pubsub')
    relay.cut()
    await relay.seen('GET /pubsub', 2)
    await relay.leave()
    let stderr = ''
    await new Promise<void>((resolve) => {
      running.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString()
        if (stderr.includes('still following the run')) resolve()
      })
    })
    await relay.comeBack()
    await relay.seen('GET /pubsub', 3)
    release()
    const { exitCode, stdout } = await running
    shown('the server is away for a while', 'cpm submit . --wait --logs', { code: exitCode ?? -1, stdout, stderr }) // prettier-ignore
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('a: ["done"]') as string])
  })
})
