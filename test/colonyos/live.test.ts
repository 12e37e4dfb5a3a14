import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WorkflowSpec } from '../../src/schema/specs/workflow.ts'
import { checkColony } from '../../src/engines/colonyos/check-colony.ts'
import { ColonyEngine } from '../../src/engines/colonyos/colony-engine.ts'
import type { PreparedRun } from '../../src/engines/engine.ts'
import { newRunId } from '../../src/workflow/run-id.ts'
import { RunRecords } from '../../src/engines/runs/run-records.ts'
import type { RunSnapshot } from '../../src/engines/runs/snapshot.ts'
import { LiveColony, missing, title } from './live-colony.ts'

/**
 * Tests against the real server of the environment: `. env.sh; npx vitest run test/colonyos`. They need the key of a
 * user and of the colony's owner, who adds an executor for the duration of the tests. With COLONIES_SERVER_PRVKEY they
 * create a colony and remove it; otherwise runs stay in the colony.
 */
describe.skipIf(missing.length > 0)(title, () => {
  let live: LiveColony
  let folder: string
  let engine: ColonyEngine
  beforeAll(async () => {
    live = await LiveColony.open(['cut', 'join'])
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-live-'))
    engine = newEngine()
    console.info(`the server is ${await live.version()}`)
  })
  afterAll(async () => {
    await live[Symbol.asyncDispose]()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  const newEngine = () =>
    new ColonyEngine({ client: live.client, records: new RunRecords(folder), emit: () => undefined, lockTimeout: 1000, lookEvery: 200 }) // prettier-ignore

  function workflow(nodes: Record<string, { after?: string[] } & Record<string, unknown>>): PreparedRun {
    const functions = Object.entries(nodes).map(([nodename, { after = [], ...rest }]) => ({
      nodename,
      funcname: 'cut',
      conditions: { executortype: live.type, dependencies: after },
      ...rest,
    }))
    const spec = WorkflowSpec.parse({ kind: 'Workflow', functions })
    return { run: newRunId(), package: { name: 'p', version: '1.0.0' }, workflow: 'main', spec, root: folder, functions: [] } // prettier-ignore
  }
  const statesOf = ({ nodes }: RunSnapshot) => Object.fromEntries(nodes.map(({ nodename, state }) => [nodename, state]))
  const echo = ({ spec }: { spec: { nodename: string } }) => [spec.nodename]

  test('answers questions about the colony', async () => {
    const { functions } = workflow({ a: {}, b: { funcname: 'joins' } }).spec
    expect(await checkColony(live.client, functions, '>=1.0.0')).toMatchObject({
      problems: [`b: no executor of type ${live.type} offers joins; did you mean join?`],
    })
  })

  test('runs a workflow and reports states, inputs, outputs, logs and executors', async () => {
    const prepared = workflow({ a: { args: [{ n: 1.5 }], env: { K: 'v' } }, b: { after: ['a'] }, c: { after: ['a'] }, d: { after: ['c', 'b'], funcname: 'join' } }) // prettier-ignore
    const { run } = await engine.submit(prepared)
    const changes: string[] = []
    const watching = engine.watch(run, { onChange: ({ state }) => void changes.push(state) })
    const inputs = new Map<string, unknown>()
    for (let i = 0; i < 4; i++)
      await live.runOne(async (process, log) => {
        inputs.set(process.spec.nodename, process.in)
        for (const line of ['one\n', 'two\n']) await log(`${process.spec.nodename} ${line}`)
        return [process.spec.nodename]
      })
    const ended = await watching
    expect(ended.state).toBe('successful')
    expect(inputs.get('d')).toEqual(['c', 'b'])
    expect(ended.nodes).toMatchObject([
      { nodename: 'a', out: ['a'], executor: live.executor.name, seconds: expect.any(Number) as number },
      { nodename: 'b', out: ['b'] },
      { nodename: 'c', out: ['c'] },
      { nodename: 'd', out: ['d'] },
    ])
    const texts: string[] = []
    for await (const { node, text } of engine.logs(run)) texts.push(`${node}: ${text}`)
    expect(texts.slice(0, 2)).toEqual(['a: a one', 'a: a two'])
    expect(texts).toHaveLength(8)
    await engine.remove(run)
    expect((await live.graphs(run)).size).toBe(0)
  })

  test('a failure that others depend on names the failed node, and successful nodes stay successful', async () => {
    const { run } = await engine.submit(workflow({ a: {}, b: { after: ['a'] }, c: { after: ['b'] }, e: { after: ['a'], priority: -1 } })) // prettier-ignore
    await live.runOne(echo)
    await live.runOne(() => {
      throw new Error('no such image')
    })
    const ended = await engine.watch(run)
    expect(statesOf(ended)).toEqual({ a: 'successful', b: 'failed', c: 'failed', e: 'failed' })
    expect(ended.nodes.map(({ error }) => error)).toEqual([undefined, 'no such image', undefined, undefined])
    expect(ended.nodes[0]?.out).toEqual(['a'])
  })

  test('a failure that nothing depends on lets the others continue', async () => {
    const { run } = await engine.submit(workflow({ a: { priority: 1 }, b: {} }))
    await live.runOne(() => {
      throw new Error('boom')
    })
    expect((await engine.read(run)).state).toBe('failed')
    const watching = engine.watch(run)
    await live.runOne(echo)
    expect(statesOf(await watching)).toEqual({ a: 'failed', b: 'successful' })
  })

  test('cancels a run unless it was successful', async () => {
    const one = await engine.submit(workflow({ a: {}, b: { after: ['a'] } }))
    expect(statesOf(await engine.cancel(one.run))).toEqual({ a: 'cancelled', b: 'cancelled' })
    const two = await engine.submit(workflow({ a: {} }))
    await live.runOne(echo)
    expect((await engine.watch(two.run)).state).toBe('successful')
    expect((await engine.cancel(two.run)).state).toBe('successful')
    const three = await engine.submit(workflow({ a: {} }))
    await expect(engine.remove(three.run)).rejects.toMatchObject({ code: 'RUN_ACTIVE' })
    await engine.cancel(three.run)
  })

  test('a retry runs the nodes that an earlier run did not complete', async () => {
    const earlier = workflow({ a: {}, b: { after: ['a'] } })
    const { run } = await engine.submit({ ...earlier, done: { run: 'earlier', out: new Map([['a', []]]) } })
    const process = await live.runOne(echo)
    expect(process.spec.nodename).toBe('b')
    expect(statesOf(await engine.watch(run))).toEqual({ a: 'successful', b: 'successful' })
  })

  test('finds a run by its label or variable after cpm was killed', async () => {
    for (const label of [undefined, 'mine']) {
      const prepared = workflow({ a: { ...(label !== undefined && { label }) } })
      const { colony } = await engine.submit(prepared)
      const file = path.join(folder, prepared.run, 'run.json')
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/,\s*"graph": "[0-9a-f]+"/, ''))
      const again = await newEngine().submit(prepared)
      expect(again.colony?.graph).toBe(colony?.graph)
      if (label === undefined) expect((await live.graphs(prepared.run)).size).toBe(1)
      await engine.cancel(prepared.run)
    }
  })
})
