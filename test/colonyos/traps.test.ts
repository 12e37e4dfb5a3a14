import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RPCS } from '../../src/schema/colony/rpcs.ts'
import { Relay } from '../rig/relay.ts'
import { Rig } from '../rig/rig.ts'
import { isServerOwner, LiveColony, missing, SERVER, title } from './live-colony.ts'
import { shown } from './shown.ts'

const nodes = (...list: string[]) => `kind: Workflow\nfunctions:\n${list.map((node) => `  - { ${node} }\n`).join('')}`
const on = (...names: string[]) => `conditions: { executortype: x, dependencies: [${names.join(', ')}] }`
const given = (more: string) => nodes(`nodename: a, funcname: f, conditions: { executortype: x, ${more} }`)
const A = `nodename: a, funcname: f, ${on()}`
const lasting = (kind: string, more: string) => nodes(A).replace('kind: Workflow', `kind: ${kind}\nname: n\n${more}`)

/** Mistakes that the real server accepts, fails on or reports too late, each as a whole package with the real command. */
const TRAPS: [what: string, workflow: string, line: string][] = [
  ['an unknown dependency', nodes(A, `nodename: b, funcname: f, ${on('aa')}`), '4:79 there is no node aa; did you mean a?'], // prettier-ignore
  ['memory without a unit', given('mem: "5"'), '3:69 conditions.mem must be a whole number of Mi or Gi'],
  ['memory from an input', given("mem: '${inputs.mem}'"), '3:69 conditions.mem must be a whole number of Mi or Gi'], // prettier-ignore
  ['cores without a unit', given('cpu: "2"'), '3:69 conditions.cpu must be in thousandths of a core'],
  ['an unknown unit of memory', given('mem: 5KB'), '3:69 conditions.mem must be'],
  ['a cycle', nodes(`nodename: a, funcname: f, ${on('b')}`, `nodename: b, funcname: f, ${on('a')}`), '3:17 dependency cycle: a -> b -> a'], // prettier-ignore
  ['a dependency on itself', nodes(`nodename: a, funcname: f, ${on('a')}`), '3:79 a depends on itself'],
  ['an empty workflow', 'kind: Workflow\nfunctions: []\n', '2:12 functions must name at least one node'],
  ['a workflow that is empty for these values', `kind: Workflow\nfunctions:\n  - { $if: 'inputs.mem == "9Mi"', ${A} }\n`, '3:3 functions must name at least one node'], // prettier-ignore
  ['a priority out of range', nodes(`priority: 50001, ${A}`), '3:17 priority is at most 50000'],
  ['a node without a name', nodes(`funcname: f, ${on()}`), '3:5 nodename is missing'],
  ['two nodes with the same name', nodes(A, A), '4:17 two nodes are named a'],
  ['a wait that counts from the submission', nodes(A, `nodename: b, maxwaittime: 5, funcname: f, ${on('a')}`), '4:33 maxwaittime starts at submission'], // prettier-ignore
  ['an integer beyond 2^53', nodes(`args: [9007199254740993], ${A}`), '3:14 the number 9007199254740992'],
  ['a misspelt field', nodes(`maxexectme: 5, ${A}`), '3:7 unknown key maxexectme; did you mean maxexectime?'],
  ['no function', nodes(`nodename: a, ${on()}`), '3:5 funcname is missing'],
  ['no executor type', nodes('nodename: a, funcname: f, conditions: {}'), '3:45 conditions.executortype is missing'], // prettier-ignore
  ['every executor by name', given('executornames: ["*"]'), '3:80 conditions.executornames[0] must not be *'],
  [
    'a cron with five fields',
    lasting('Cron', "cronexpression: '0 3 * * *'"),
    '3:17 cronexpression must have six fields',
  ],
  ['a cron every 0 seconds', lasting('Cron', 'interval: 0'), '3:11 interval must be at least 1 second'],
  ['a cron with a cycle, which the server accepts', lasting('Cron', 'interval: 9').replace('dependencies: []', 'dependencies: [a]'), 'a depends on itself'], // prettier-ignore
  ['a generator that never fires', lasting('Generator', 'trigger: 0'), '3:10 trigger must be at least 1'],
  ['a generator that waits 0 seconds', lasting('Generator', 'trigger: 1\ntimeout: 0'), '4:10 timeout must be at least 1 second'], // prettier-ignore
]

describe.skipIf(missing.length > 0)(`${title}: broken workflows`, () => {
  let live: LiveColony
  let relay: Relay
  let rig: Rig
  beforeAll(async () => {
    live = await LiveColony.open(['f'])
    relay = await Relay.open({ to: SERVER })
    rig = await Rig.create()
  })
  afterAll(async () => {
    await rig[Symbol.asyncDispose]()
    await relay[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
  })

  const submit = (text: string) => {
    const inputs = [{ key: 'mem', type: 'string', default: '5' }]
    const folder = rig.package('trap@1.0.0', { inputs, files: { 'workflows/main.yaml': text } })
    return rig.cpm(['submit', folder], { env: live.env(relay) })
  }

  test.each(TRAPS)('%s is refused with its position before a byte is sent', async (what, text, line) => {
    const before = await live.statistics()
    const result = await submit(text)
    shown(what, 'cpm submit trap', result)
    expect([result.code, result.stdout]).toEqual([1, ''])
    expect(result.stderr).toContain('error[WORKFLOW_INVALID]')
    expect(result.stderr).toMatch(/^ {2}workflows\/main\.yaml:\d+:\d+ /m)
    expect(result.stderr).toContain(line)
    expect([relay.connections, await live.statistics()]).toEqual([0, before])
  })

  test('the request counter works: a workflow without a mistake is sent', async () => {
    const { code, stderr } = await submit(nodes(A))
    expect([code, stderr]).toEqual([0, ''])
    expect(relay.connections).toBeGreaterThan(0)
    expect(relay.count('"payloadtype":"submitworkflowspecmsg"')).toBe(1)
    expect(await live.statistics()).toMatchObject({ waitingworkflows: 1, waitingprocesses: 1 })
    await live.clear()
  })
})

/** Shows what the server does with the same mistakes unchecked. Only in a separate colony, because some break it. */
describe.skipIf(!isServerOwner)(`${title}: the same without the checks`, () => {
  let live: LiveColony
  beforeAll(async () => {
    live = await LiveColony.open(['f'])
  })
  afterAll(() => live[Symbol.asyncDispose]())

  const node = (nodename: string, dependencies: string[] = [], more: object = {}) => {
    const conditions = { colonyname: live.colony, executortype: live.type, dependencies, ...more }
    return { nodename, funcname: 'f', maxexectime: -1, maxwaittime: -1, conditions }
  }
  const send = (...functionspecs: unknown[]) =>
    live.client.call(RPCS.submitWorkflow, { spec: { colonyname: live.colony, functionspecs } })
  const graphsThatWait = () => live.client.call(RPCS.getGraphs, { colonyname: live.colony, count: 100, state: 0 })

  test('accepts an empty workflow, a cycle and a node that waits for itself, which then wait forever', async () => {
    expect((await send()).processids).toEqual([])
    const cycle = await send(node('a', ['b']), node('b', ['a']))
    expect([cycle.state, (await live.client.call(RPCS.getGraph, cycle)).processids]).toEqual(['waiting', []])
    expect((await send(node('a', ['a']))).state).toBe('waiting')
    expect(await graphsThatWait()).toHaveLength(3)
    await expect(live.executor.runOne(() => [], 1)).rejects.toThrow('No process available')
    await live.clear()
  })

  test('refuses memory without a unit but hands nodes queued before it to an executor', async () => {
    // The server adds the nodes in random order, so the valid one is usually queued.
    for (let tries = 0; ; tries++) {
      await expect(send(node('a'), node('b', ['a'], { mem: '5' }))).rejects.toThrow(/refused \(500\)/)
      const { waitingprocesses, waitingworkflows } = await live.statistics()
      expect([waitingworkflows, tries < 20]).toEqual([1, true])
      if (waitingprocesses === 1) break
      await live.clear()
    }
    await expect(live.executor.runOne(() => [])).rejects.toThrow(/refused \(500\): Failed to iterate processgraph/)
    expect(await live.statistics()).toMatchObject({ waitingprocesses: 0, failedprocesses: 1 })
    await live.clear()
  })

  test('keeps a graph without nodes after an unknown dependency, which breaks the list of all workflows', async () => {
    await send(node('good'))
    expect(await graphsThatWait()).toHaveLength(1)
    await expect(send(node('a'), node('b', ['aa']))).rejects.toThrow(/refused \(500\)/)
    await expect(graphsThatWait()).rejects.toThrow(/Failed to iterate processgraph/)
    await live.clear()
    expect(await graphsThatWait()).toEqual([])
  })
})
