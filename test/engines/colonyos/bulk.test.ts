import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WorkflowSpec } from '../../../src/schema/specs/workflow.ts'
import { ColonyClient } from '../../../src/engines/colonyos/client.ts'
import { ColonyEngine } from '../../../src/engines/colonyos/colony-engine.ts'
import { identityOf } from '../../../src/engines/colonyos/identity.ts'
import type { PreparedRun } from '../../../src/engines/engine.ts'
import { runError } from '../../../src/engines/runs/run-error.ts'
import { RunRecords } from '../../../src/engines/runs/run-records.ts'
import { FakeColony } from '../../rig/colony.ts'

const dispatcher = new Agent()
afterAll(() => dispatcher.destroy())

const NODES = 1000

let colony: FakeColony
let folder: string
beforeEach(async () => {
  colony = await FakeColony.start()
  const { executor, state } = colony
  colony.executors = [{ executorid: executor.id, executorname: 'exec-1', executortype: 't', state: 1 }]
  state.executorNames.set(executor.id, 'exec-1')
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-bulk-'))
})
afterEach(async () => {
  await colony[Symbol.asyncDispose]()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** A new cpm, which only knows what is on disk. */
function newEngine(lookEvery = 20): ColonyEngine {
  const wire = { url: colony.url, dispatcher, timeout: 30_000 }
  const client = new ColonyClient({ wire, colony: 'dev', identity: identityOf(colony.user.key, 'the key') })
  const records = new RunRecords(path.join(folder, 'runs'))
  return new ColonyEngine({ client, records, emit: () => undefined, lockTimeout: 5000, lookEvery, outageTolerance: 0 })
}

/** A fan-out: everything waits for `first`. */
function fanOut(count: number, more: Record<string, unknown> = {}): PreparedRun {
  const functions = Array.from({ length: count }, (_, index) => ({
    nodename: index === 0 ? 'first' : `n${index}`,
    funcname: 'f',
    conditions: { executortype: 't', dependencies: index === 0 ? [] : ['first'] },
    ...more,
  }))
  const spec = WorkflowSpec.parse({ kind: 'Workflow', functions })
  return { run: 'r1', package: { name: 'p', version: '1.0.0' }, workflow: 'workflows/main.yaml', spec, root: folder, functions: [] } // prettier-ignore
}

/** Counts the requests that an action sends, the most frequent first; subscriptions go over a websocket. */
async function requestsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = colony.requests.length
  await work()
  const counts: Record<string, number> = {}
  for (const type of colony.requests.slice(before)) counts[type] = (counts[type] ?? 0) + 1
  delete counts.subscribeprocessmsg
  return counts
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, one) => all + one, 0)

async function linesOf(engine: ColonyEngine, node?: string): Promise<string[]> {
  const lines: string[] = []
  for await (const entry of engine.logs('r1', { node })) lines.push(`${entry.node}: ${entry.text}`)
  return lines
}

/** Runs everything that can run; each node logs one line. */
function runAndLog(fails?: string): void {
  const { state, executor } = colony
  for (let next = state.assign(executor.id); next; next = state.assign(executor.id)) {
    const { processid, spec } = next
    state.log(processid, `${spec.nodename} says so\n`)
    if (spec.nodename === fails) state.fail(processid, ['no room'])
    else state.succeed(processid, [spec.nodename])
  }
}

describe('a look at a thousand nodes', () => {
  test('that all wait takes one request', async () => {
    await newEngine().submit(fanOut(NODES))
    const engine = newEngine()
    expect(await requestsOf(() => engine.read('r1'))).toEqual({ getprocessgraphmsg: 1 })
    expect((await engine.read('r1')).nodes.every(({ state }) => state === 'waiting')).toBe(true)
  })

  test('with a few running takes one more request per running node', async () => {
    const engine = newEngine()
    await engine.submit(fanOut(NODES))
    colony.state.assign(colony.executor.id)
    const running = await engine.read('r1')
    expect(running.nodes[0]).toMatchObject({ state: 'running', executor: 'exec-1', startedAt: expect.any(String) as string }) // prettier-ignore
    // Nothing changed, so no process is read.
    expect(await requestsOf(() => engine.read('r1'))).toEqual({ getprocessgraphmsg: 1 })
    colony.state.succeed([...colony.state.processes.keys()][0] ?? '', ['x'])
    expect(await requestsOf(() => engine.read('r1'))).toEqual({ getprocessgraphmsg: 1, getprocessmsg: 1 })
  })

  test('that have ended returns all outputs and executors in a handful of requests', async () => {
    await newEngine().submit(fanOut(NODES))
    runAndLog()
    const engine = newEngine()
    const counts = await requestsOf(() => engine.read('r1'))
    expect(counts).toEqual({ getprocessgraphmsg: 1, getprocesshistmsg: 1, getexecutorsmsg: 1 })
    const { state, nodes } = await engine.read('r1')
    expect([state, nodes.length]).toEqual(['successful', NODES])
    expect(nodes.every(({ nodename, out, executor }) => out?.[0] === nodename && executor === 'exec-1')).toBe(true)
  })

  test('of a run with up to a hundred nodes only reads processes with its label', async () => {
    await newEngine().submit(fanOut(100))
    for (let i = 0; i < 30; i++)
      colony.state.submitFunction({ nodename: '', funcname: 'f', conditions: { executortype: 't' } }, colony.user.id)
    runAndLog()
    expect(await requestsOf(() => newEngine().read('r1'))).toEqual({
      getprocessgraphmsg: 1,
      getprocessesmsg: 1,
      getexecutorsmsg: 1,
    })
  })

  test('with one failure names the culprit; nodes that succeeded before stay successful', async () => {
    const engine = newEngine()
    await engine.submit(fanOut(NODES, { label: 'of its own' }))
    const first = colony.state.assign(colony.executor.id)
    colony.state.fail(first?.processid ?? '', ['no such image'])
    const counts = await requestsOf(() => engine.read('r1'))
    expect(sum(counts)).toBeLessThanOrEqual(4)
    const ended = await engine.read('r1')
    expect(ended.nodes.filter(({ error }) => error !== undefined).map(({ nodename, error }) => [nodename, error])).toEqual([['first', 'no such image']]) // prettier-ignore
    expect(ended.nodes.every(({ state }) => state === 'failed')).toBe(true)
  })

  test("finds every process even if the clock of this machine is behind the server's", async () => {
    await newEngine().submit(fanOut(20))
    runAndLog()
    // The history is empty then, and the label is the author's: processes are read one by one.
    for (const process of colony.state.processes.values()) {
      process.submissiontime = '2020-01-01T00:00:00Z'
      process.spec.label = 'changed'
    }
    const { nodes } = await newEngine().read('r1')
    expect(nodes.every(({ state, out }) => state === 'successful' && out?.length === 1)).toBe(true)
  })

  test('with a node in an unknown color reads its process', async () => {
    await newEngine().submit(fanOut(2))
    runAndLog()
    const graph = colony.state.graph.bind(colony.state)
    colony.state.graph = (id) => ({ ...graph(id), nodes: null })
    const { nodes } = await newEngine().read('r1')
    expect(nodes.map(({ state }) => state)).toEqual(['successful', 'successful'])
  })
})

describe('following a thousand nodes', () => {
  test('to their end with their logs takes a handful of requests per look, and loses no line', async () => {
    const engine = newEngine(200)
    await engine.submit(fanOut(NODES))
    const counts = await requestsOf(async () => {
      const watching = engine.watch('r1')
      const lines: string[] = []
      const logging = (async () => {
        for await (const { text } of engine.logs('r1', { follow: true })) lines.push(text)
      })()
      await colony.seen('getprocessgraphmsg', 2)
      runAndLog()
      const ended = await watching
      await logging
      expect(ended.state).toBe('successful')
      expect(lines.sort()).toEqual(ended.nodes.map(({ nodename }) => `${nodename} says so`).sort())
    })
    const { getprocessgraphmsg: looks = 0, ...others } = counts
    expect(others.getprocessmsg ?? 0).toBeLessThanOrEqual(16)
    // A thousand lines are three pages of the one executor's log.
    expect(others.getlogsmsg ?? 0).toBeLessThanOrEqual(12)
    expect(sum(others)).toBeLessThanOrEqual(10 * looks)
  })

  test('with an executor that logs far more for others reads the nodes one by one, once', async () => {
    await newEngine().submit(fanOut(4))
    const other = colony.state.submitFunction({ nodename: '', funcname: 'f', conditions: { executortype: 't' } }, colony.user.id) // prettier-ignore
    runAndLog()
    for (let i = 0; i < 5000; i++) colony.state.log(String(other.processid), `noise ${i}`)
    runAndLog()
    const engine = newEngine()
    const counts = await requestsOf(async () => {
      expect((await linesOf(engine)).sort()).toEqual(['first', 'n1', 'n2', 'n3'].map((name) => `${name}: ${name} says so`)) // prettier-ignore
    })
    expect(counts.getlogsmsg).toBeLessThanOrEqual(8)
  })
})

describe('logs', () => {
  test("of a thousand nodes that have ended are read from their executor's log", async () => {
    await newEngine().submit(fanOut(NODES))
    runAndLog()
    const engine = newEngine()
    const counts = await requestsOf(async () => {
      expect(await linesOf(engine)).toHaveLength(NODES)
    })
    expect(counts.getlogsmsg).toBe(3)
    expect(sum(counts)).toBeLessThanOrEqual(6)
  })

  test('of one node take one request', async () => {
    await newEngine().submit(fanOut(NODES))
    runAndLog()
    const engine = newEngine()
    const counts = await requestsOf(async () => {
      expect(await linesOf(engine, 'n7')).toEqual(['n7: n7 says so'])
    })
    expect(counts.getlogsmsg).toBe(1)
  })

  test('of nodes whose executor was lost are read node by node: another executor has logged some of them', async () => {
    await newEngine().submit(fanOut(4))
    const { state, executors } = colony
    executors.push({ executorid: 'lost', executorname: 'exec-0', executortype: 't', state: 3, lastheardfromtime: new Date(Date.now() + 1000).toISOString() }) // prettier-ignore
    state.executorNames.set('lost', 'exec-0')
    // It logs, is lost, and the server gives its process to another executor with its retries unchanged.
    const first = state.assign('lost')
    state.log(first?.processid ?? '', 'before')
    if (first) Object.assign(first, { state: 0, assignedexecutorid: '', starttime: '0001-01-01T00:00:00Z' })
    runAndLog()
    const lines = await linesOf(newEngine())
    expect(lines.slice(0, 2)).toEqual(['first: before', 'first: first says so'])
    expect(lines).toHaveLength(5)
  })

  test('keep the lines of an earlier attempt', async () => {
    const engine = newEngine()
    await engine.submit(fanOut(4, { maxexectime: 60, maxretries: 1 }))
    const { state } = colony
    const first = state.assign('another executor')
    state.executorNames.set('another executor', 'exec-2')
    state.log(first?.processid ?? '', 'the first try')
    state.expire(first?.processid ?? '')
    expect((await engine.read('r1')).nodes[0]).toMatchObject({ state: 'waiting', retries: 1 })
    runAndLog()
    expect((await linesOf(newEngine())).slice(0, 2)).toEqual(['first: the first try', 'first: first says so'])
  })
})

test('the error of a failed run takes one look, and one request for the log of each culprit', async () => {
  const engine = newEngine(5000)
  await engine.submit(fanOut(200))
  runAndLog('n3')
  const ended = await engine.read('r1')
  const counts = await requestsOf(async () => {
    expect((await runError(engine, ended))?.message).toContain('n3: no room\n    | n3 says so')
  })
  expect(counts).toEqual({ getlogsmsg: 1 })
})

test('a list of executors that could not be read is requested again', async () => {
  const engine = newEngine()
  await engine.submit(fanOut(2))
  colony.state.assign(colony.executor.id)
  colony.fail('getexecutorsmsg', 'gateway')
  await expect(engine.read('r1')).rejects.toMatchObject({ code: 'COLONY_MISBEHAVED' })
  expect((await engine.read('r1')).nodes[0]?.executor).toBe('exec-1')
})
