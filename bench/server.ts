/**
 * `npm run bench:server`: how fast `cpm serve` starts and answers, compared with a bare node:http file server over the
 * same folder in the same run, and how reads do while others publish as fast as they can. Rounds alternate between the
 * two servers and the median counts; look at the ratios.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'
import { execa } from 'execa'
import { Pool } from 'undici'

const ROOT = path.resolve(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'bin', 'cpm.js')
const ROUNDS = 5
const SECONDS = 3
const CONNECTIONS = 32
const READ_RATE = 200
const LATENCY_SECONDS = 6
const WRITERS = 16
const STARTS = 11
const ATTACK_PACKAGES = 400

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-bench-server-'))
const at = (...parts: string[]) => path.join(scratch, ...parts)
const served = at('served')
/** the registry in this home has the attackers' packages */
const home = at('home')
const env: NodeJS.ProcessEnv = { ...process.env, CPM_HOME: home, CI: '', NODE_EXTRA_CA_CERTS: undefined }

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

function folderOf(id: string, bytes: number): string {
  const [name = '', version = ''] = id.split('@')
  const folder = at('packages', id)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'colony.yaml'), `apiVersion: v1\nname: ${name}\nversion: ${version}\n`)
  fs.writeFileSync(path.join(folder, 'data.bin'), randomBytes(bytes))
  return folder
}

async function publish(folders: readonly string[], options: readonly string[] = []): Promise<void> {
  if (!fs.existsSync(path.join(home, 'keys')))
    await execa(process.execPath, [BIN, 'key', 'generate'], { env, extendEnv: false })
  await execa(process.execPath, [BIN, 'publish', '--quiet', ...options, ...folders], {
    cwd: scratch,
    env,
    extendEnv: false,
  })
}

interface Started {
  readonly url: string
  readonly token: string
  /** milliseconds from the start of the process until it listens */
  readonly ready: number
  readonly child: ChildProcess
  stop(): Promise<void>
}

async function start(args: readonly string[]): Promise<Started> {
  const begun = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => { resolve() })) // prettier-ignore
  let token = ''
  for await (const line of createInterface({ input: child.stdout })) {
    token = /"token":"(\w+)"/.exec(line)?.[1] ?? token
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url === undefined) continue
    const stop = async () => {
      child.kill('SIGTERM')
      await ended
    }
    child.stdout.resume()
    return { url, token, ready: performance.now() - begun, child, stop }
  }
  throw new Error(`${args.join(' ')} did not start`)
}

const startCpm = () => start([BIN, 'serve', '--port', '0', '--events', '--root', served])
const startBare = () => start([path.join(ROOT, 'bench', 'bare-file-server.mjs'), served])

async function measureStart(): Promise<void> {
  const cpm: number[] = []
  const bare: number[] = []
  for (let i = 0; i < STARTS; i++) {
    for (const [times, open] of [
      [cpm, startCpm],
      [bare, startBare],
    ] as const) {
      const server = await open()
      times.push(server.ready)
      await server.stop()
    }
  }
  console.log(
    `ready to answer: cpm serve ${median(cpm).toFixed(0)} ms (max ${Math.max(...cpm).toFixed(0)}), bare node:http ${median(bare).toFixed(0)} ms; ratio ${(median(cpm) / median(bare)).toFixed(1)}\n`,
  )
}

/** Measures requests per second at full speed. */
async function throughput(url: string, headers: Record<string, string>): Promise<number> {
  const { requests, non2xx, errors, statusCodeStats } = (await autocannon({
    url,
    headers,
    connections: CONNECTIONS,
    duration: SECONDS,
  })) as autocannon.Result & { statusCodeStats: Record<string, unknown> }
  if (errors > 0 || (non2xx > 0 && Object.keys(statusCodeStats).join() !== '304'))
    throw new Error(`${url}: ${errors} errors, statuses ${Object.keys(statusCodeStats).join()}`)
  return requests.average
}

async function compare(cpm: Started, bare: Started): Promise<void> {
  const tagOf = async (url: string) => (await fetch(url)).headers.get('etag') ?? ''
  const index = '/index/many'
  const archive = '/packages/data/1.0.0/data-1.0.0.cpm'
  const rows: [what: string, path: string, isConditional: boolean][] = [
    [`index of 20 versions, ${(fs.statSync(path.join(served, index)).size / 1e3).toFixed(0)} KB`, index, false],
    ['index, 304 Not Modified', index, true],
    [`artifact, ${(fs.statSync(path.join(served, archive)).size / 1e3).toFixed(0)} KB`, archive, false],
  ]
  console.log(`requests per second, ${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${SECONDS} s`)
  console.log(`${''.padEnd(32)} ${'cpm serve'.padStart(10)} ${'node:http'.padStart(10)} ${'ratio'.padStart(6)}`)
  for (const [what, path, isConditional] of rows) {
    const headersFor = async ({ url }: Started): Promise<Record<string, string>> =>
      isConditional ? { 'if-none-match': await tagOf(url + path) } : {}
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await throughput(cpm.url + path, await headersFor(cpm)))
      theirs.push(await throughput(bare.url + path, await headersFor(bare)))
    }
    const [mine, other] = [median(ours), median(theirs)]
    console.log(
      `${what.padEnd(32)} ${mine.toFixed(0).padStart(10)} ${other.toFixed(0).padStart(10)} ${(mine / other).toFixed(2).padStart(6)}`,
    )
  }
}

/** Measures the latency of reads at a steady rate, from the moment when each one is due. */
async function latency(what: string, url: string): Promise<void> {
  const client = new Pool(new URL(url).origin, { connections: CONNECTIONS })
  const { pathname } = new URL(url)
  const times: number[] = []
  const read = async (due: number) => {
    const { statusCode, body } = await client.request({ path: pathname, method: 'GET' })
    await body.dump()
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`)
    times.push(performance.now() - due)
  }
  // Warm-up: the first requests of any process are slow.
  for (let i = 0; i < READ_RATE; i++) await read(performance.now())
  times.length = 0
  const begun = performance.now()
  const pending: Promise<void>[] = []
  for (let i = 0; i < READ_RATE * LATENCY_SECONDS; i++) {
    const due = begun + (i * 1000) / READ_RATE
    if (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, due - performance.now()))
    pending.push(read(due))
  }
  await Promise.all(pending)
  await client.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  console.log(`${what.padEnd(44)} ${[at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(1).padStart(7)).join(' ')} ms`)
}

/** Returns the delay of the server's event loop. */
async function loopLag({ url }: Started): Promise<string> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics)?.[1]
  return `${(Number(seconds) * 1000).toFixed(0)} ms`
}

async function underAttack(cpm: Started, bare: Started): Promise<void> {
  console.log(
    `\nreads at ${READ_RATE} per second, without writes and while ${WRITERS} connections publish to cpm serve: p50, p99, max`,
  )
  const index = '/index/many'
  const artifact = '/packages/data/1.0.0/data-1.0.0.cpm'
  await latency('index of cpm serve, no writes', cpm.url + index)
  await latency('index of node:http, no writes', bare.url + index)
  const script = path.join(ROOT, 'bench', 'write-attack.ts')
  const args = ['--import', 'tsx', script, cpm.url, path.join(home, 'registry'), String(WRITERS)]
  const attack = execa(process.execPath, args, { env: { ...env, CPM_TOKEN: cpm.token }, extendEnv: false, cwd: ROOT })
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await latency('index of cpm serve, under the attack', cpm.url + index)
  await latency('artifact of cpm serve, under the attack', cpm.url + artifact)
  await latency('index of node:http, on the same machine', bare.url + index)
  const lag = await loopLag(cpm)
  attack.stdin.write('stop\n')
  const { stdout } = await attack
  console.log(`event loop delay of cpm serve, p99: ${lag}`)
  console.log(`responses to the attackers, by status: ${stdout}`)
}

try {
  console.log(`node ${process.version}, ${os.availableParallelism()} processors; the load generator shares them\n`)
  await publish(Array.from({ length: ATTACK_PACKAGES }, (_, i) => folderOf(`attack-${i}@1.0.0`, 20_000)))
  const cpm = await startCpm()
  await publish(
    [folderOf('data@1.0.0', 100_000), ...Array.from({ length: 20 }, (_, i) => folderOf(`many@1.${i}.0`, 100))],
    ['--registry', served],
  )
  const bare = await startBare()
  try {
    await compare(cpm, bare)
    await underAttack(cpm, bare)
  } finally {
    await Promise.all([cpm.stop(), bare.stop()])
  }
  console.log('')
  await measureStart()
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
