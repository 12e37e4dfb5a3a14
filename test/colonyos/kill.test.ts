import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultEnv, spread } from '../faults/faulty.ts'
import { Relay } from '../rig/relay.ts'
import { Rig } from '../rig/rig.ts'
import { LiveColony, missing, SERVER, title } from './live-colony.ts'

/** CPM_SWEEP=all kills at every change to the file system. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : 5
/** how many times to kill it while its request is in flight */
const SHOTS = process.env.CPM_SWEEP === 'all' ? 20 : 3

describe.skipIf(missing.length > 0)(`${title}: kill -9 during a submission, then the same command again`, () => {
  let live: LiveColony
  let relay: Relay
  let rig: Rig
  let target: string
  beforeAll(async () => {
    live = await LiveColony.open(['f'])
    relay = await Relay.open({ to: SERVER })
    rig = await Rig.create()
    const node = `{ nodename: a, funcname: f, conditions: { executortype: ${live.type} } }`
    target = rig.package('p@1.0.0', { files: { 'workflows/main.yaml': `kind: Workflow\nfunctions:\n  - ${node}\n` } })
  })
  afterAll(async () => {
    await rig[Symbol.asyncDispose]()
    await relay[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
  })

  const forget = () => {
    fs.rmSync(path.join(rig.home, 'runs'), { recursive: true, force: true })
  }

  /** Repeats the command until the colony has the run, and checks that there is exactly one more run. */
  async function converges(before: number, at: string): Promise<void> {
    const again = await rig.cpm(['submit', target, '--json'], { env: live.env(relay) })
    expect.soft([at, again.code, (await live.graphs()).size], again.stdout).toEqual([at, 0, before + 1])
  }

  test('submits one run, whichever change to the file system was interrupted', { timeout: 1_200_000 }, async () => {
    await rig.cpm(['submit', target], { env: { ...live.env(relay), ...faultEnv(`count:${rig.path('changes')}`) } })
    const last = rig.read('changes').split('\n').length - 1
    const outcomes = { killed: 0, told: 0, taken: 0 }
    for (const k of spread(last, MOST)) {
      forget()
      await live.clear()
      const before = (await live.graphs()).size
      const killed = await rig.cpm(['submit', target], { env: { ...live.env(relay), ...faultEnv(`kill:${k}`) } })
      if (killed.code !== 0) outcomes.killed++
      // Once a command has reported the run, the same command starts another one.
      if (killed.stdout !== '') {
        outcomes.told++
        continue
      }
      outcomes.taken += (await live.graphs()).size - before
      await converges(before, `change ${k}`)
    }
    console.info(`${last} changes of the file system: ${JSON.stringify(outcomes)}`)
    expect(outcomes.killed).toBeGreaterThan(3)
  })

  test('submits one run if it is killed while its request is in flight', { timeout: 1_200_000 }, async () => {
    const outcomes = { taken: 0, 'not taken': 0 }
    for (let shot = 0; shot < SHOTS; shot++) {
      forget()
      await live.clear()
      const before = (await live.graphs()).size
      const times = relay.count('submitworkflowspecmsg') + 1
      const running = rig.start(['submit', target], { env: live.env(relay) })
      await relay.seen('submitworkflowspecmsg', times)
      // Every second request never arrives.
      if (shot % 2 === 1) relay.cut()
      running.kill('SIGKILL')
      await running
      outcomes[(await live.graphs()).size > before ? 'taken' : 'not taken']++
      await converges(before, `shot ${shot}`)
    }
    console.info(`${SHOTS} kills with the request under way: ${JSON.stringify(outcomes)}`)
  })
})
