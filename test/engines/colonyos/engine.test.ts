import { getEventListeners } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WorkflowSpec } from '../../../src/schema/specs/workflow.ts'
import type { CpmEvent } from '../../../src/schema/events.ts'
import { CpmError } from '../../../src/core/errors.ts'
import { exactJson, parseLosslessJson } from '../../../src/core/exact-json.ts'
import { ColonyClient } from '../../../src/engines/colonyos/client.ts'
import { ColonyEngine } from '../../../src/engines/colonyos/colony-engine.ts'
import { identityOf } from '../../../src/engines/colonyos/identity.ts'
import type { PreparedRun } from '../../../src/engines/engine.ts'
import { runError } from '../../../src/engines/runs/run-error.ts'
import { RunRecords } from '../../../src/engines/runs/run-records.ts'
import type { RunSnapshot } from '../../../src/engines/runs/snapshot.ts'
import { FakeColony, type Fault } from '../../rig/colony.ts'
import { Relay } from '../../rig/relay.ts'

const dispatcher = new Agent()
afterAll(() => dispatcher.destroy())

let colony: FakeColony
let folder: string
beforeEach(async () => {
  colony = await FakeColony.start()
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-colony-'))
})
afterEach(async () => {
  await colony[Symbol.asyncDispose]()
  fs.rmSync(folder, { recursive: true, force: true })
})

const records = () => new RunRecords(path.join(folder, 'runs'))

/** A new engine, which only knows what is on disk. */
function engineOf({
  timeout = 5000,
  grace = 0,
  looks = [0, 1, 1],
  lookEvery = 20,
  url = colony.url,
  outageTolerance = 0,
  emit = (_: CpmEvent): void => undefined,
} = {}): ColonyEngine {
  const wire = { url, dispatcher, timeout }
  const client = new ColonyClient({ wire, colony: 'dev', identity: identityOf(colony.user.key, 'the key') })
  const pace = { grace, looks }
  return new ColonyEngine({ client, records: records(), emit, lockTimeout: 1000, pace, lookEvery, outageTolerance })
}

interface NodeGiven {
  dependencies?: string[]
  label?: string
  env?: Record<string, string>
  args?: unknown[]
}

function workflow(nodes: Record<string, NodeGiven>): WorkflowSpec {
  const functions = Object.entries(nodes).map(([nodename, { dependencies = [], ...given }]) => ({
    nodename,
    funcname: 'f',
    conditions: { executortype: 't', dependencies },
    ...given,
  }))
  return WorkflowSpec.parse({ kind: 'Workflow', functions })
}

function prepared(run: string, spec: WorkflowSpec, more: Partial<PreparedRun> = {}): PreparedRun {
  return { run, package: { name: 'p', version: '1.0.0' }, workflow: 'workflows/main.yaml', spec, root: folder, functions: [], ...more } // prettier-ignore
}

const DIAMOND = workflow({
  a: {},
  b: { dependencies: ['a'] },
  c: { dependencies: ['a'] },
  d: { dependencies: ['b', 'c'] },
})
const statesOf = ({ nodes }: RunSnapshot) => Object.fromEntries(nodes.map(({ nodename, state }) => [nodename, state]))

describe('a run', () => {
  test('is submitted, followed to its end, read with outputs and logs, and removed', async () => {
    const engine = engineOf()
    const submitted = await engine.submit(prepared('r1', DIAMOND))
    expect(submitted).toMatchObject({
      state: 'waiting',
      engine: 'colonyos',
      colony: { name: 'dev', address: colony.url.href },
    })
    const seen: string[] = []
    const watching = engine.watch('r1', { onChange: ({ state }) => void seen.push(state) })
    colony.runAll(({ nodename }, inputs) => {
      const process = [...colony.state.processes.values()].find(({ spec }) => spec.nodename === nodename)
      colony.state.log(process?.processid ?? '', `${nodename} has ${inputs.length}\n`)
      return [nodename]
    })
    const ended = await watching
    expect(ended).toMatchObject({ state: 'successful', finishedAt: expect.any(String) as string })
    expect(ended.nodes.map(({ nodename, out }) => [nodename, out])).toEqual([
      ['a', ['a']],
      ['b', ['b']],
      ['c', ['c']],
      ['d', ['d']],
    ])
    expect(seen.at(-1)).toBe('successful')
    const logs = []
    for await (const { node, text } of engine.logs('r1')) logs.push(`${node}: ${text}`)
    expect(logs).toEqual(['a: a has 0', 'b: b has 1', 'c: c has 1', 'd: d has 2'])
    expect(await runError(engine, ended)).toBeUndefined()
    expect(fs.readFileSync(path.join(folder, 'runs/r1/run.json'), 'utf8')).not.toContain('"out"')
    await engine.remove('r1')
    expect([colony.state.graphs.size, records().has('r1')]).toEqual([0, false])
  })

  test('is sent with every limit explicit, and with a label if it has none', async () => {
    const spec = workflow({ a: { label: 'mine' }, b: { dependencies: ['a'] } })
    await engineOf().submit(prepared('r1', spec))
    const sent = [...colony.state.processes.values()].map((process) => process.spec)
    expect(sent).toMatchObject([
      { nodename: 'a', label: 'mine', maxexectime: -1, maxwaittime: -1, conditions: { colonyname: 'dev' } },
      { nodename: 'b', label: 'cpm/r1', maxexectime: -1, maxwaittime: -1 },
    ])
    expect(sent[0]).not.toHaveProperty('conditions.mem') // or any other empty unit
    expect(sent[0]).not.toHaveProperty('env.CPM_RUN')
  })

  test('that fails names its culprit; nodes that succeeded before stay successful', async () => {
    const engine = engineOf()
    const side = workflow({ a: {}, b: { dependencies: ['a'] }, c: { dependencies: ['b'] }, e: {} })
    await engine.submit(prepared('r1', side))
    colony.runAll(({ nodename }) => {
      if (nodename === 'b') throw new Error('no such image')
      return [nodename]
    })
    const ended = await engine.watch('r1')
    // The server reports all four of them as failed. `e` came after `b` and never ran.
    expect([...colony.state.processes.values()].map(({ state }) => state)).toEqual([3, 3, 3, 3])
    expect(statesOf(ended)).toEqual({ a: 'successful', b: 'failed', c: 'failed', e: 'failed' })
    expect(ended.nodes.map(({ error }) => error)).toEqual([undefined, 'no such image', undefined, undefined])
    expect((await runError(engine, ended))?.message).toContain('b: no such image')
  })

  test('is over only when none of its nodes runs, whatever the graph says', async () => {
    const engine = engineOf()
    await engine.submit(prepared('r1', workflow({ a: {}, b: {} })))
    const states: Record<string, string>[] = []
    const watching = engine.watch('r1', { onChange: (snapshot) => void states.push(statesOf(snapshot)) })
    const first = colony.state.assign(colony.executor.id)
    colony.state.fail(first?.processid ?? '', ['boom']) // nothing depends on it: the graph is failed, b still waits
    await colony.seen('getprocessgraphmsg', 3)
    colony.runAll()
    expect(statesOf(await watching)).toEqual({ a: 'failed', b: 'successful' })
  })

  test('can be cancelled unless it is over', async () => {
    const engine = engineOf()
    await engine.submit(prepared('r1', DIAMOND))
    expect(await engine.cancel('r1')).toMatchObject({ state: 'cancelled' })
    await engine.submit(prepared('r2', DIAMOND))
    await expect(engine.remove('r2')).rejects.toMatchObject({ code: 'RUN_ACTIVE' })
    colony.runAll()
    // ColonyOS would mark a successful graph as cancelled.
    expect(await engine.cancel('r2')).toMatchObject({ state: 'successful' })
    expect(colony.count('cancelprocessgraphmsg')).toBe(1)
    colony.version = 'v1.9.6'
    await engine.submit(prepared('r3', DIAMOND))
    await expect(engine.cancel('r3')).rejects.toMatchObject({ code: 'COLONY_TOO_OLD' })
  })

  test('is followed without websockets too', async () => {
    colony.websockets = false
    const engine = engineOf()
    await engine.submit(prepared('r1', DIAMOND))
    const { signal } = new AbortController()
    const watching = engine.watch('r1', { signal })
    await colony.seen('getprocessgraphmsg', 8)
    // Each look cleans up after itself: Node warns about signals with more than ten listeners.
    expect(getEventListeners(signal, 'abort').length).toBeLessThan(3)
    colony.runAll()
    expect((await watching).state).toBe('successful')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('is reported over a websocket at once', async () => {
    const engine = engineOf({ lookEvery: 600_000 })
    await engine.submit(prepared('r1', workflow({ a: {} })))
    const watching = engine.watch('r1')
    await colony.seen('subscribeprocessmsg', 4) // running, successful, failed, cancelled
    colony.runAll()
    expect((await watching).state).toBe('successful')
  })

  test('reruns only what an earlier run did not complete', async () => {
    const engine = engineOf()
    const spec = workflow({ a: {}, b: { dependencies: ['a'] } })
    await engine.submit(prepared('r2', spec, { done: { run: 'r1', out: new Map([['a', []]]) } }))
    expect([...colony.state.processes.values()].map((process) => [process.spec.nodename, process.parents])).toEqual([['b', []]]) // prettier-ignore
    colony.runAll()
    expect(await engine.watch('r2')).toMatchObject({
      state: 'successful',
      retryOf: 'r1',
      nodes: [{ state: 'successful', reused: true }, { state: 'successful' }],
    })
  })
})

describe('a server that is away', () => {
  test('for a while causes one warning, and loses no log line', async () => {
    await using relay = await Relay.open({ to: { host: '127.0.0.1', port: colony.port } })
    const warnings: CpmEvent[] = []
    let warned = (_: CpmEvent): void => undefined
    const warning = new Promise((resolve) => (warned = resolve))
    const emit = (event: CpmEvent) => {
      warnings.push(event)
      warned(event)
    }
    const engine = engineOf({ url: new URL(`http://127.0.0.1:${relay.port}/`), outageTolerance: 60_000, emit })
    await engine.submit(prepared('r1', DIAMOND))
    const watching = engine.watch('r1')
    const lines: string[] = []
    const logging = (async () => {
      for await (const { text } of engine.logs('r1', { follow: true })) lines.push(text)
    })()
    const say = (text: string) => {
      for (const { processid, spec } of colony.state.processes.values()) colony.state.log(processid, `${spec.nodename} ${text}`) // prettier-ignore
    }
    say('one')
    await colony.seen('subscribeprocessmsg', 16)
    await relay.leave()
    say('two')
    await warning
    await relay.comeBack()
    // The websocket is reconnected too.
    await colony.seen('subscribeprocessmsg', 32)
    say('three')
    colony.runAll()
    expect((await watching).state).toBe('successful')
    await logging
    expect(warnings).toMatchObject([{ type: 'warning', code: 'COLONY_UNREACHABLE', hint: expect.stringContaining('r1') as string }]) // prettier-ignore
    expect(lines.sort()).toEqual(['a', 'b', 'c', 'd'].flatMap((node) => [`${node} one`, `${node} three`, `${node} two`])) // prettier-ignore
  })

  test('for good ends the command with a hint; one that never answered is not waited for', async () => {
    await using relay = await Relay.open({ to: { host: '127.0.0.1', port: colony.port } })
    const url = new URL(`http://127.0.0.1:${relay.port}/`)
    const engine = engineOf({ url, outageTolerance: 1 })
    await engine.submit(prepared('r1', DIAMOND))
    const seen: string[] = []
    const watching = engine.watch('r1', {
      onChange: ({ state }) => {
        seen.push(state)
        void relay.leave()
      },
    })
    await expect(watching).rejects.toMatchObject({
      code: 'COLONY_UNREACHABLE',
      message: expect.stringContaining('the run r1 may continue there') as string,
      hint: 'cpm workflow wait r1',
    })
    expect(seen).toEqual(['waiting'])
    const late = engineOf({ url, outageTolerance: 60_000 })
    await expect(late.watch('r1')).rejects.toMatchObject({ code: 'COLONY_UNREACHABLE' })
    await relay.comeBack()
    colony.runAll()
    expect((await late.watch('r1')).state).toBe('successful')
  })

  test('behind a proxy that reports it is waited for too', async () => {
    const engine = engineOf({ outageTolerance: 60_000 })
    await engine.submit(prepared('r1', DIAMOND))
    const watching = engine.watch('r1')
    await colony.seen('getprocessgraphmsg', 1)
    colony.fail('getprocessgraphmsg', 'gateway')
    await colony.seen('getprocessgraphmsg', 3)
    colony.runAll()
    expect((await watching).state).toBe('successful')
  })
})

describe('no run twice', () => {
  test('the same run submitted again is that run', async () => {
    await engineOf().submit(prepared('r1', DIAMOND))
    await engineOf().submit(prepared('r1', DIAMOND))
    expect(colony.state.graphs.size).toBe(1)
    await Promise.all([1, 2].map(() => engineOf().submit(prepared('r2', DIAMOND))))
    expect(colony.state.graphs.size).toBe(2)
  })

  test.each<[Fault, 'taken' | 'not taken']>([
    ['lost', 'taken'],
    ['mute', 'taken'],
    ['cut', 'not taken'],
    ['silent', 'not taken'],
    ['empty', 'not taken'],
  ])('the colony has the run exactly once after an answer that is %s', async (fault, outcome) => {
    colony.fail('submitworkflowspecmsg', fault)
    const submitting = engineOf({ timeout: 300 }).submit(prepared('r1', DIAMOND))
    if (outcome === 'taken') expect((await submitting).colony?.graph).toBe([...colony.state.graphs.keys()][0])
    else await expect(submitting).rejects.toMatchObject({ code: 'COLONY_UNCERTAIN', hint: expect.stringContaining('r1') as string }) // prettier-ignore
    expect(colony.count('submitworkflowspecmsg')).toBe(1) // never sent again by the same call
    const again = await engineOf().submit(prepared('r1', DIAMOND))
    expect([colony.state.graphs.size, again.colony?.graph]).toEqual([1, [...colony.state.graphs.keys()][0]])
  })

  test('a run is found after cpm was killed before the answer, whatever its state is now', async () => {
    const spec = workflow({ a: {}, b: { dependencies: ['a'] } })
    for (const [run, after] of [
      ['waits', () => undefined],
      [
        'ran',
        () => {
          colony.runAll()
        },
      ],
      [
        'failed',
        () => {
          colony.runAll(() => {
            throw new Error('x')
          })
        },
      ],
      [
        'was-cancelled',
        () => {
          for (const id of colony.state.graphs.keys())
            if (colony.state.graphState(id) === 0) colony.state.cancelGraph(id)
        },
      ],
    ] as [string, () => void][]) {
      // prettier-ignore
      const before = colony.state.graphs.size
      await engineOf().submit(prepared(run, spec))
      forgetGraph(run)
      after()
      const again = await engineOf().submit(prepared(run, spec))
      expect([run, colony.state.graphs.size - before, again.colony?.graph]).toEqual([
        run,
        1,
        [...colony.state.graphs.keys()].at(-1),
      ])
    }
  })

  test('nodes that all have their own labels are found by a variable of one of them', async () => {
    const spec = workflow({ a: { label: 'x', env: { A: '1' } }, b: { label: 'y', dependencies: ['a'] } })
    await engineOf().submit(prepared('r1', spec))
    await engineOf().submit(prepared('r2', spec))
    const sent = [...colony.state.processes.values()].map((process) => [process.spec.label, process.spec.env])
    expect(sent.slice(0, 2)).toEqual([
      ['x', { A: '1', CPM_RUN: 'r1' }],
      ['y', {}],
    ])
    forgetGraph('r2')
    const found = await engineOf().submit(prepared('r2', spec))
    expect([colony.state.graphs.size, found.colony?.graph]).toEqual([2, [...colony.state.graphs.keys()][1]])
  })

  test('the mark of a run only counts where cpm has set it', async () => {
    const label = { nodename: 'z', funcname: 'f', label: 'cpm/r1', conditions: { executortype: 't' } }
    colony.state.submitWorkflow([label], colony.executor.id)
    colony.fail('submitworkflowspecmsg', 'cut')
    await expect(engineOf().submit(prepared('r1', DIAMOND))).rejects.toMatchObject({ code: 'COLONY_UNCERTAIN' })
  })

  test('a refused submission leaves no run behind', async () => {
    const engine = engineOf()
    const refused = prepared('r1', { ...DIAMOND, functions: [...DIAMOND.functions, ...DIAMOND.functions] })
    colony.echo = true
    await expect(engine.submit(refused)).rejects.toMatchObject({ code: 'COLONY_REFUSED' })
    expect(records().has('r1')).toBe(false)
    colony.echo = false
    const tooLate = engineOf()
    await colony[Symbol.asyncDispose]()
    await expect(tooLate.submit(prepared('r2', DIAMOND))).rejects.toMatchObject({ code: 'COLONY_UNREACHABLE' })
    expect(records().has('r2')).toBe(false)
    colony = await FakeColony.start()
  })

  test('a workflow that the server accepted in part is reported and not sent again', async () => {
    colony.state.mostNodes = 2
    const submitting = engineOf().submit(prepared('r1', DIAMOND))
    await expect(submitting).rejects.toThrow(/has only 2 of 4 nodes of the run r1/)
    colony.state.mostNodes = Infinity
    await expect(engineOf().submit(prepared('r1', DIAMOND))).rejects.toThrow(/has only 2 of 4 nodes/)
    expect(colony.count('submitworkflowspecmsg')).toBe(1)
  })

  test('a run is looked for until its request can no longer be in flight', async () => {
    colony.fail('submitworkflowspecmsg', 'cut')
    await engineOf({ looks: [] })
      .submit(prepared('r1', DIAMOND))
      .catch(() => undefined)
    // The request arrives late, while the second command waits.
    colony.beforeRequest = () => {
      if (colony.count('getprocessesmsg') !== 5) return
      const label = 'cpm/r1'
      colony.state.submitWorkflow(DIAMOND.functions.map((node) => ({ ...node, label })) as never, colony.user.id)
    }
    await engineOf({ grace: 200 }).submit(prepared('r1', DIAMOND))
    expect([colony.state.graphs.size, colony.count('submitworkflowspecmsg')]).toEqual([1, 1])
  })
})

test('numbers that the server would change are never sent', async () => {
  const spec = workflow({ a: { args: [{ n: 2 ** 53 }] } })
  const error = await engineOf()
    .submit(prepared('r1', spec))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'WORKFLOW_INVALID', message: expect.stringContaining('a: args.0.n') as string })
  expect(error).toBeInstanceOf(CpmError)
  expect(colony.requests).toEqual([])
})

test('the numbers of an output are shown exactly as the server wrote them', async () => {
  const engine = engineOf()
  await engine.submit(prepared('r1', workflow({ a: {} })))
  const written = '[1.0,2.50,1e3,-0,12345678901234567890,{"n":[3.0,9007199254740993]}]'
  colony.runAll(() => parseLosslessJson(written) as unknown[])
  const { nodes } = await engine.read('r1')
  expect(nodes.map(({ out }) => exactJson(out))).toEqual([written])
})

/** As if cpm was killed after the server took the run and before its answer was recorded. */
function forgetGraph(run: string): void {
  const record = records().read(run)
  const { graph: _, ...rest } = record.colony ?? { address: '', name: '', user: '' }
  records().write({ ...record, colony: rest })
}
