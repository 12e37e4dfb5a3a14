import fs from 'node:fs'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS, EXIT } from '../../src/schema/errors.ts'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { type Endpoint, RegistryServer } from '../rig/registry-server.ts'
import { ENDPOINTS, type Fault, FAULTS, type Outcome } from './bad-registry.ts'
import { leftovers } from './faulty.ts'
import { NETWORK_PAGE, outcomesTable, TABLE_MARK } from './network-table.ts'

const RSS = path.resolve(import.meta.dirname, 'rss.mjs')
/** the limit for an endless body: twice the largest index, in addition to what cpm needs anyway */
const MOST_MEMORY_KIB = 400 * 1024

let rig: Rig

beforeAll(async () => {
  rig = await Rig.create()
  const dependencies = { b: '*' }
  await rig.publish(['a@1.0.0', { dependencies }], ['b@1.0.0', { files: { 'data.bin': randomBytes(200_000) } }])
  await rig.publish(['a@1.1.0', { dependencies, files: { 'data.bin': randomBytes(200_000) } }])
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Creates a separate machine, which shares only the registry. */
function machine(url: string, timeout: number) {
  const root = fs.mkdtempSync(rig.path('machine-'))
  const home = path.join(root, 'home')
  const project = path.join(root, 'project')
  const settings = { network: { timeout, retries: 2 } }
  rig.write(
    { 'home/config.json': JSON.stringify(settings), 'project/colony.yaml': stringify({ apiVersion: 'v1' }) },
    root,
  )
  const env = { CPM_HOME: home, CPM_REGISTRY: url }
  const install = (what: string): Promise<CpmResult> => rig.cpm(`install ${what} --json`, { cwd: project, env })
  /** in a separate process, whose memory is measured */
  const installMeasured = (what: string): Promise<CpmResult> => {
    const measured = { ...env, NODE_OPTIONS: `--import ${RSS}`, CPM_TEST_RSS: path.join(root, 'rss') }
    return rig.binary(`install ${what} --json`, { cwd: project, env: measured })
  }
  return {
    root,
    home,
    project,
    install,
    installMeasured,
    rss: () => Number(fs.readFileSync(path.join(root, 'rss'), 'utf8')),
  }
}

/** Returns what a failed command must not change: the project's packages and lock, and the store's trees. */
function state({ project, home }: { project: string; home: string }): string[] {
  const packages = path.join(project, 'colony_packages')
  const names = fs.existsSync(packages) ? fs.readdirSync(packages).filter((name) => !name.startsWith('.')) : []
  const lock = path.join(project, 'colony.lock')
  const store = path.join(home, 'store', 'v1')
  const trees = fs.existsSync(store) ? fs.readdirSync(store).filter((name) => /^[0-9a-f]{2}$/.test(name)) : []
  return [...names, ...trees, fs.existsSync(lock) ? fs.readFileSync(lock, 'utf8') : '']
}

async function befall(fault: Fault, endpoint: Endpoint, outcome: Outcome): Promise<void> {
  const { known = 'nothing', timeout = 5, api = './', isLarge = false } = fault
  await using server = await RegistryServer.open(rig.registry, { api: known === 'nothing' ? api : './' })
  const pc = machine(server.url, timeout)
  if (known !== 'nothing') {
    if (known === 'beginning without a tag') {
      server.act = ({ good, send }) => {
        const { etag: _, ...headers } = good.headers
        send({ ...good, headers })
      }
    }
    if (known !== 'all')
      server.edit = (key, bytes) => (key === 'index/a' ? bytes.subarray(0, bytes.indexOf('\n') + 1) : bytes)
    const first = await pc.install('a@1.0.0')
    expect(first.code, first.stdout).toBe(0)
    server.edit = (_key, bytes) => bytes
    server.forget()
  }
  const before = state(pc)
  server.act = (exchange) => {
    if (exchange.endpoint === endpoint) fault.act(exchange)
    else exchange.send(exchange.good)
  }
  const what = known === 'nothing' ? 'a' : 'a@1.1.0'
  const { code, json, stdout, stderr } = await (isLarge ? pc.installMeasured(what) : pc.install(what))
  const said = `${stdout}\n${stderr}`
  expect(stderr, said).toBe('')
  if (outcome === 'works') {
    expect(code, said).toBe(0)
    expect(fs.existsSync(path.join(pc.project, 'colony_packages/a/data.bin'))).toBe(true)
  } else {
    expect([json.error?.code, code], said).toEqual([outcome, EXIT[ERRORS[outcome].exit]])
    // Trees proven before the failure may stay in the store: the project does not refer to them.
    const now = state(pc)
    expect(now.filter((entry) => !/^[0-9a-f]{2}$/.test(entry))).toEqual(
      before.filter((entry) => !/^[0-9a-f]{2}$/.test(entry)),
    )
  }
  expect(leftovers(pc.home, pc.project)).toEqual([])
  expect(server.asked.filter(({ headers }) => headers.cookie !== undefined)).toEqual([])
  if (isLarge) expect(pc.rss()).toBeLessThan(MOST_MEMORY_KIB)
  fs.rmSync(pc.root, { recursive: true, force: true })
}

describe('E05 a registry that misbehaves', () => {
  const cases = FAULTS.flatMap((fault) =>
    (fault.at ?? ENDPOINTS).flatMap((endpoint) => {
      const outcome = typeof fault.outcome === 'string' ? fault.outcome : fault.outcome[endpoint]
      const title = fault.threat === undefined ? fault.name : `${fault.threat} ${fault.name}`
      return outcome === undefined ? [] : [[title, endpoint, outcome, fault] as const]
    }),
  )

  test('is tested in at least 30 ways, each with its own name', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(30)
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
  })

  test('is described in docs/network.md (run npx tsx test/faults/network-table.ts to update the table)', () => {
    expect(fs.readFileSync(NETWORK_PAGE, 'utf8').split(TABLE_MARK)[1]).toBe(`\n${outcomesTable()}`)
  })

  test.concurrent.each(cases)('%s (%s): %s', { timeout: 60_000 }, async (_name, endpoint, outcome, fault) => {
    await befall(fault, endpoint, outcome)
  })

  // Tests that are not concurrent run after those that are.
  test('takes little memory from cpm where its responses are small', () => {
    expect(process.resourceUsage().maxRSS).toBeLessThan(3 * MOST_MEMORY_KIB)
  })
})
