import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultEnv, spread } from '../faults/faulty.ts'
import { FakeColony } from '../rig/colony.ts'
import { Rig } from '../rig/rig.ts'

let rig: Rig
let colony: FakeColony
let folder: string
beforeEach(async () => {
  rig = await Rig.create()
  colony = await FakeColony.start()
  folder = rig.package('scan@1.0.0', {
    inputs: [{ key: 'size', type: 'integer', default: 3 }],
    conditions: { colonyos: '>=1.9.0' },
    files: { 'workflows/main.yaml': WORKFLOW, 'workflows/nightly.yaml': CRON },
  })
})
afterEach(async () => {
  await colony[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

const NODES = `functions:
  - { nodename: a, funcname: cut, args: ['\${inputs.size}'], conditions: { executortype: image } }
  - { nodename: b, funcname: join, conditions: { executortype: image, dependencies: [a] } }
`
const WORKFLOW = `kind: Workflow\n${NODES}`
const CRON = `kind: Cron\nname: nightly\ncronexpression: '0 0 3 * * *'\n${NODES}`

const submit = (args = '', env: Record<string, string> = {}) =>
  rig.cpm(`submit ${folder} ${args}`, { env: { ...colony.env, ...env } })

describe('cpm submit to a colony', () => {
  test('shows what would be sent, checks the colony, submits, waits, and names the failed node', async () => {
    const dry = await submit('--dry-run --set size=7 --json')
    expect(dry.json.data).toMatchObject({
      dryRun: true,
      colony: 'dev',
      server: colony.url.href,
      sent: { colonyname: 'dev', functionspecs: [{ nodename: 'a', args: [7], maxexectime: -1 }, { nodename: 'b' }] },
    })
    expect([colony.requests, fs.existsSync(path.join(rig.home, 'runs'))]).toEqual([[], false])

    colony.executors = [{ executorname: 'e', executortype: 'image', state: 1 }]
    colony.functions = [{ executorname: 'e', executortype: 'image', funcname: 'cut' }, { executorname: 'e', executortype: 'image', funcname: 'joins' }] // prettier-ignore
    const unfit = await submit('--check-colony')
    expect([unfit.code, unfit.stderr]).toEqual([10, expect.stringContaining('b: no executor of type image offers join; did you mean joins?') as string]) // prettier-ignore
    colony.functions = []
    colony.version = 'v1.8.0'
    expect((await submit('--check-colony')).stderr).toContain('needs server version >=1.9.0, but this one is 1.8.0')
    colony.version = 'v1.9.12'
    expect((await submit('--check-colony')).stdout).toContain('the colony dev can run it')
    expect(colony.state.graphs.size).toBe(0)

    const one = await submit('--json')
    expect(one.json.data).toMatchObject({
      from: 'a folder',
      state: 'waiting',
      engine: 'colonyos',
      package: { name: 'scan' },
    })
    colony.beforeRequest = (type) => {
      if (type === 'getprocessgraphmsg') colony.runAll()
    }
    const waited = await submit('--wait')
    expect(waited.stdout).toContain('b: ["b"]\nscan@1.0.0 (a folder) ran in the colony dev in ')
    expect(colony.state.graphs.size).toBe(2)
    colony.beforeRequest = (type) => {
      if (type === 'getprocessgraphmsg') colony.runAll(({ nodename }) => { throw new Error(`no room for ${nodename}`) }) // prettier-ignore
    }
    const failed = await submit('--wait')
    expect([failed.code, failed.stderr]).toEqual([10, expect.stringContaining('a: no room for a') as string])
  })

  test('adds a cron only once', async () => {
    expect((await submit('--workflow nightly')).stdout).toContain('added the Cron nightly in the colony dev')
    expect((await submit('--workflow nightly')).stdout).toContain('unchanged: the Cron')
    const other = await submit('--workflow nightly --set size=9')
    expect([other.code, other.stderr]).toEqual([10, expect.stringContaining('a different workflowspec') as string])
    expect(colony.crons).toHaveLength(1)
  })

  test('a retry keeps the original run, and a later identical submission is a new run', async () => {
    const failing = submit('--wait')
    await colony.seen('getprocessgraphmsg', 1)
    colony.runAll(() => {
      throw new Error('no room')
    })
    expect((await failing).code).toBe(10)
    // The package may have changed since: the colony already has everything that it runs.
    fs.renameSync(folder, `${folder}-moved`)
    const retrying = rig.start('workflow retry --json', { env: colony.env })
    colony.beforeRequest = (type) => {
      if (type === 'getprocessgraphmsg' && colony.state.graphs.size === 2) retrying.kill('SIGKILL')
    }
    expect((await retrying).signal).toBe('SIGKILL')
    colony.beforeRequest = (type) => {
      if (type === 'getprocessgraphmsg') colony.runAll()
    }
    const [first] = ((await rig.cpm('workflow list --state failed --json', { env: colony.env })).json.data as { runs: { run: string }[] }).runs // prettier-ignore
    const retried = await rig.cpm(['workflow', 'retry', first?.run ?? '', '--json'], { env: colony.env })
    expect([retried.code, colony.state.graphs.size]).toEqual([0, 2])
    expect(retried.stderr).toContain('continuing the run')
    fs.renameSync(`${folder}-moved`, folder)
    const again = await submit('--json')
    expect([again.code, again.stderr, colony.state.graphs.size]).toEqual([0, '', 3])
  })

  test.skipIf(process.platform === 'win32')(
    'Ctrl-C while waiting leaves the run alone and says how to follow it',
    async () => {
      const running = rig.start(['submit', folder, '--wait'], { env: colony.env })
      await colony.seen('subscribeprocessmsg', 1)
      running.kill('SIGINT')
      const { exitCode, stderr } = await running
      const [run] = fs.readdirSync(path.join(rig.home, 'runs'))
      expect(exitCode).toBe(130)
      expect(stderr).toContain(`interrupted by SIGINT; the run ${run ?? ''} continues`)
      expect(stderr).toContain(`hint: cpm workflow wait ${run ?? ''}, or cpm workflow cancel ${run ?? ''}`)
      // A cancelled run is finished, so the same command starts a new run instead of continuing this one.
      expect((await rig.cpm(['workflow', 'cancel', run ?? ''], { env: colony.env })).code).toBe(0)
      const { runs: [listed] } = (await rig.cpm('workflow list --json')).json.data as { runs: { colony: object }[] } // prettier-ignore
      expect(Object.keys(listed?.colony ?? {})).toEqual(['address', 'name', 'graph'])
      await submit()
      expect(colony.state.graphs.size).toBe(2)
    },
  )

  test('a run whose colony is gone is shown as last known, and removed only with --record-only', async () => {
    const { run } = (await submit('--json')).json.data as { run: string }
    const { env, port } = colony
    const place = `the run ${run} is in the colony dev on ${colony.url.href}`
    for (const command of ['get', 'graph']) {
      const shown = await rig.cpm(`workflow ${command}`)
      expect([shown.code, shown.stdout], command).toEqual([0, expect.stringContaining('0 of 2 done')])
      expect(shown.stderr).toContain(
        `the state of the run ${run} may be out of date: ${place}, and no colony is selected`,
      )
      expect(shown.stderr).toContain(`hint: set COLONIES_SERVER_HOST=127.0.0.1 COLONIES_SERVER_PORT=${port} `)
    }
    const other = await rig.cpm('workflow wait', { env: { ...env, COLONIES_COLONY_NAME: 'other' } })
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringContaining(`${place}, but the current colony is other on`),
    ])

    await colony[Symbol.asyncDispose]()
    const silent = await rig.cpm('workflow get --json', { env })
    expect(silent.json.data).toMatchObject({ run, state: 'waiting', isOld: true, colony: { name: 'dev' } })
    for (const known of [{}, env]) {
      const kept = await rig.cpm(`workflow rm ${run}`, { env: known })
      expect([kept.code === 0, kept.stderr]).toEqual([
        false,
        expect.stringContaining(`cpm workflow rm ${run} --record-only`),
      ])
      expect(fs.existsSync(path.join(rig.home, 'runs', run, 'run.json'))).toBe(true)
    }
    const forgotten = await rig.cpm(`workflow rm ${run} --record-only --json`)
    expect(forgotten.json.data).toEqual({ removed: [run], recordOnly: true })
    expect(fs.readdirSync(path.join(rig.home, 'runs'))).toEqual([])
  })

  test('an invalid workflow is rejected before anything is sent', async () => {
    rig.write({ 'workflows/main.yaml': WORKFLOW.replace('[a]', '[z]') }, folder)
    const { code, stderr } = await submit()
    expect([code, stderr]).toEqual([1, expect.stringMatching(/main\.yaml:4:\d+ there is no node z/) as string])
    expect(colony.requests).toEqual([])
  })
})

/** CPM_SWEEP=all stops at every change to the file system; the default samples a few. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : 3

describe('G02 kill -9 while submitting, then the same command again', () => {
  test('makes one run, no matter which change to the file system was interrupted', async () => {
    await submit('', faultEnv(`count:${rig.path('changes')}`))
    const last = rig.read('changes').split('\n').length - 1
    expect(last).toBeGreaterThan(8)
    let kills = 0
    for (const k of spread(last, MOST)) {
      fs.rmSync(path.join(rig.home, 'runs'), { recursive: true, force: true })
      colony.state.graphs.clear()
      colony.state.processes.clear()
      const killed = await submit('', faultEnv(`kill:${k}`))
      kills += killed.code === 0 ? 0 : 1
      // If the user was already told of the run, the same command starts a new one.
      if (killed.stdout !== '') continue
      backdate()
      const again = await submit('--json')
      expect.soft([again.code, colony.state.graphs.size], `kill at ${k} (${killed.stdout}): ${again.stdout}`).toEqual([0, 1]) // prettier-ignore
    }
    expect(kills).toBeGreaterThanOrEqual(Math.min(MOST, last) - 1)
  })

  test.each(['before it is taken', 'after it was taken', 'while it waits for the end'] as const)(
    'makes one run if killed %s',
    async (when) => {
      const running = rig.start(['submit', folder, ...(when.includes('end') ? ['--wait'] : [])], { env: colony.env })
      const stop = () => {
        running.kill('SIGKILL')
        return running.then(() => undefined)
      }
      colony.beforeRequest = async (type) => {
        if (type === (when.includes('end') ? 'getprocessgraphmsg' : 'submitworkflowspecmsg')) await stop()
      }
      if (when !== 'while it waits for the end')
        colony.fail('submitworkflowspecmsg', when.startsWith('before') ? 'cut' : 'lost')
      await running
      await colony.idle()
      expect(colony.state.graphs.size).toBe(when.startsWith('before') ? 0 : 1)
      colony.beforeRequest = () => undefined
      backdate()
      const again = await submit('--json')
      expect([again.code, colony.state.graphs.size]).toEqual([0, 1])
      if (!when.startsWith('before')) expect(again.stderr).toContain('continuing the run')
      // The user has seen the run, so from now on the same command starts a new one.
      await submit()
      expect(colony.state.graphs.size).toBe(2)
    },
  )

  test('a named run is the same run on every machine', async () => {
    await submit('--run job-17')
    await submit('--run job-17')
    await submit('--run job-17', { CPM_HOME: rig.path('another') })
    expect(colony.state.graphs.size).toBe(1)
    const other = await submit('--run job-17 --set size=8')
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('the run job-17 already exists') as string])
  })

  test('D10 neither the key nor an envelope is in any output or file', async () => {
    colony.fail('submitworkflowspecmsg', 'lost')
    const one = await submit('--wait --timeout 1 --debug')
    const two = await submit('--json --debug', { COLONIES_PRVKEY: colony.colonyOwner.key })
    const files = rig.files(rig.root).map((file) => rig.read(file))
    expect(colony.bodies.length).toBeGreaterThan(3)
    const secrets = colony.bodies.flatMap((body) => Object.values(JSON.parse(body) as Record<string, string>).filter((text) => text.length > 100)) // prettier-ignore
    for (const secret of [colony.user.key, colony.colonyOwner.key, ...secrets])
      for (const text of [one.stdout, one.stderr, two.stdout, two.stderr, ...files])
        expect(text.includes(secret)).toBe(false)
  })
})

/** Makes the killed command look old enough that its request can no longer be in transit and need not be waited for. */
function backdate(): void {
  for (const file of rig.files(rig.home).filter((name) => name.endsWith('run.json'))) {
    const at = path.join(rig.home, file)
    const text = fs.readFileSync(at, 'utf8')
    fs.writeFileSync(at, text.replace(/"sentAt": "[^"]+"/, '"sentAt": "2026-01-01T00:00:00.000Z"'))
  }
}
