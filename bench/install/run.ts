/**
 * `npm run bench`: how long cpm takes to install more than 1,000 real packages, compared with bun and pnpm in the same
 * run, on the same machine, from local servers. Prints medians and ratios; absolute times depend on the machine.
 *
 * npm run bench -- [--all] [--runs 5] [--only cold,warm] [--tools cpm-serve,bun]
 *
 * npm run bench -- --only large,linear   # one package of 2 GB; 100, 1,000 and 10,000 small ones
 *
 * `--all` adds npm and yarn. Everything runs on a tmpfs (/dev/shm) if there is one, except the disk scenario. A scenario
 * alternates the tools run by run.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { measureLarge } from './large.ts'
import { measureLinear } from './linear.ts'
import { cpuOf, median, type Run, run } from './measure.ts'
import { BIN, installPeers, prepare } from './prepare.ts'
import { cpmTool, peerTool, type Tool } from './tools.ts'

const { values: flags } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    tools: { type: 'string' },
  },
})
const RUNS = Number(flags.runs)
const MEMORY = '/dev/shm'
const scratch = fs.mkdtempSync(path.join(fs.existsSync(MEMORY) ? MEMORY : os.tmpdir(), 'cpm-bench-'))
const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-bench-disk-'))
const children: ChildProcess[] = []
const here = (file: string) => path.join(import.meta.dirname, file)

interface Server {
  readonly url: string
  readonly pid: number
  /** what `cpm serve` created at its first start */
  readonly token: string
}

/** Starts a server that prints its URL, alone or in a `listening` event. */
async function start(script: string, ...words: string[]): Promise<Server> {
  const child = spawn(process.execPath, [script, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CPM_HOME: path.join(scratch, 'server'), NODE_EXTRA_CA_CERTS: '' },
  })
  children.push(child)
  let token = ''
  for await (const line of createInterface({ input: child.stdout })) {
    token = /"token":"([^"]+)"/.exec(line)?.[1] ?? token
    const url = /http:\/\/[^"\s]+/.exec(line)?.[0]
    if (url !== undefined && !line.includes('token-created')) {
      child.stdout.resume()
      return { url: url.replace(/\/$/, ''), pid: child.pid ?? 0, token }
    }
  }
  throw new Error(`${script} printed no URL`)
}

const remove = (...files: string[]) => {
  for (const file of files) fs.rmSync(file, { recursive: true, force: true })
}

interface Scenario {
  readonly what: string
  readonly command: (tool: Tool, number: number) => readonly string[] | undefined
  /** runs before each measured run */
  readonly before?: (tool: Tool, number: number) => void | Promise<void>
}

const results: Record<string, Record<string, { wall: number; cpu: number; memory: number; server?: number }>> = {}

async function measure({ what, command, before }: Scenario, tools: readonly Tool[], runs = RUNS, served?: Server) {
  const all = new Map<Tool, Run[]>(tools.map((tool) => [tool, []]))
  let serverCpu = 0
  for (let number = 0; number < runs; number++) {
    for (const tool of tools) {
      const words = command(tool, number)
      if (!words) continue
      await before?.(tool, number)
      const cpuBefore = served ? cpuOf(served.pid) : 0
      all.get(tool)?.push(await run(words, { cwd: tool.project, env: tool.env }))
      if (served && tool.name === 'cpm-serve') serverCpu += cpuOf(served.pid) - cpuBefore
    }
  }
  const medians = [...all].filter(([, list]) => list.length > 0).map(([tool, list]) => ({ tool, ...median(list) }))
  const peers = medians.filter(({ tool }) => tool.name === 'bun' || tool.name === 'pnpm')
  const best = peers.reduce<number | undefined>((least, { wall }) => Math.min(least ?? wall, wall), undefined)
  for (const { tool, wall, least, most, cpu, memory } of medians) {
    const ratio = best === undefined ? '' : `${(wall / best).toFixed(2)} x best peer`
    const server = served && tool.name === 'cpm-serve' ? `, server ${(serverCpu / runs).toFixed(2)} s CPU` : ''
    const range = `(${least.toFixed(2)}–${most.toFixed(2)})`
    const cells = [what.padEnd(16), tool.name.padEnd(11), `${wall.toFixed(3).padStart(7)} s`, range.padEnd(14)]
    console.log(
      `${cells.join(' ')} ${cpu.toFixed(2).padStart(6)} s CPU ${memory.toFixed(0).padStart(5)} MB  ${ratio}${server}`,
    )
    results[what] = { ...results[what], [tool.name]: { wall, cpu, memory } }
  }
}

const isWanted = (what: string) => flags.only === undefined || flags.only.split(',').includes(what)

/** Compares cpm with its peers in the scenarios that are wanted. */
async function comparePeers(): Promise<void> {
  const material = await prepare(scratch)
  const { packages, files, bytes, packed, publishing, topLevel } = material
  const megabytes = (size: number) => `${(size / 1e6).toFixed(0)} MB`
  console.log(`${packages} packages, ${files} files, ${megabytes(bytes)}, ${megabytes(packed)} packed`)
  console.log(`publish all as one operation: ${publishing?.toFixed(1) ?? ''} s`)
  const peerBin = await installPeers(flags.all)
  const serve = await start(BIN, 'serve', '--root', material.registry, '--port', '0', '--events')
  const fixed = await start(here('../bare-file-server.mjs'), material.registry)
  const npmServer = await start(here('npm-server.mjs'), material.npm)

  // Packages that nothing else requires are added one at a time; the projects start without them.
  const required = new Set(topLevel.flatMap(({ dependencies }) => dependencies))
  const leaves = topLevel.filter(({ name, files: count }) => !required.has(name) && count < 30).slice(0, RUNS)
  const wanted = topLevel.filter((entry) => !leaves.includes(entry))

  const makeTools = (parent: string, urls: { serve: string; fixed: string; npm: string }) => {
    const place = { scratch: parent, wanted }
    const peers = ['bun', 'pnpm', ...(flags.all ? ['npm', 'yarn'] : [])]
    return [
      ...peers.map((name) => peerTool(name, urls.npm, peerBin, place)),
      cpmTool('cpm-serve', urls.serve, place),
      cpmTool('cpm-static', urls.fixed, place),
      cpmTool('cpm-folder', material.registry, place),
    ].filter(({ name }) => flags.tools === undefined || flags.tools.split(',').includes(name))
  }
  const tools = makeTools(path.join(scratch, 'tools'), { serve: serve.url, fixed: fixed.url, npm: npmServer.url })

  const cold = ({ caches, packages: placed, lock, project }: Tool) => {
    remove(...caches, placed, lock, path.join(project, 'node_modules'))
    for (const folder of caches) fs.mkdirSync(folder, { recursive: true })
  }
  const warm = ({ packages: placed }: Tool) => {
    remove(placed)
  }
  const installed = async (tool: Tool) => {
    await run(tool.install, { cwd: tool.project, env: tool.env })
  }
  const install = ({ install: words }: Tool) => words
  const ci = ({ ci: words }: Tool) => words

  const zero = await nodeStart(['-e', '0'])
  const version = await nodeStart([BIN, '--version'])
  const help = await nodeStart([BIN, '--help'])
  console.log(
    `node -e 0 ${(zero * 1000).toFixed(0)} ms; cpm --version ${(version / zero).toFixed(2)} x, cpm --help ${(help / zero).toFixed(2)} x`,
  )
  if (isWanted('floor')) await floor(material.registry)
  if (isWanted('cold')) await measure({ what: 'cold', command: install, before: cold }, tools, RUNS, serve)
  for (const tool of tools) {
    cold(tool)
    await installed(tool)
  }
  if (isWanted('warm')) {
    await measure({ what: 'warm install', command: install, before: warm }, tools)
    await measure({ what: 'warm ci', command: ci, before: warm }, tools)
  }
  if (isWanted('no-op')) {
    for (const tool of tools) await installed(tool)
    await measure({ what: 'no-op install', command: install }, tools, RUNS * 2)
    await measure({ what: 'no-op ci', command: ci }, tools, RUNS)
    lstatFloor(tools)
  }
  if (isWanted('add')) {
    const texts = new Map(tools.map((tool) => [tool, [tool.manifest, tool.lock].map((file) => fs.readFileSync(file))]))
    const addOne: Scenario = {
      what: 'add one',
      command: (tool, number) => tool.add(leaves[number]?.name ?? ''),
      before: async (tool) => {
        const [manifest = '', lock = ''] = texts.get(tool) ?? []
        fs.writeFileSync(tool.manifest, manifest)
        fs.writeFileSync(tool.lock, lock)
        await installed(tool)
      },
    }
    await measure(addOne, tools)
  }
  if (isWanted('verify')) {
    for (const tool of tools) await installed(tool)
    await measure({ what: 'verify', command: ({ verify }) => verify }, tools)
  }
  if (isWanted('link')) {
    const slow = async ({ url }: Server) => await start(here('slow-link.mjs'), new URL(url).port, '20', '50')
    const [slowServe, slowFixed, slowNpm] = [await slow(serve), await slow(fixed), await slow(npmServer)]
    const urls = { serve: slowServe.url, fixed: slowFixed.url, npm: slowNpm.url }
    const far = makeTools(path.join(scratch, 'far'), urls).filter(({ name }) => name !== 'cpm-folder')
    await measure({ what: 'cold, slow link', command: install, before: cold }, far, 3)
  }
  if (isWanted('disk')) {
    const urls = { serve: serve.url, fixed: fixed.url, npm: npmServer.url }
    // New folders each time: on some disks, writing right after deleting a large tree is slow.
    for (let number = 0; number < 2; number++)
      await measure({ what: 'cold, disk', command: install }, makeTools(path.join(disk, String(number)), urls), 1)
  }
}

/** Scenarios of cpm alone, which need no corpus. */
const ALONE: Record<string, () => Promise<void>> = {
  large: () => measureLarge(scratch, (registry) => start(BIN, 'serve', '--root', registry, '--port', '0', '--events')),
  linear: () => measureLinear(scratch),
}

try {
  const named = flags.only?.split(',') ?? []
  for (const name of named) await ALONE[name]?.()
  if (named.length === 0 || named.some((name) => !(name in ALONE))) await comparePeers()
} finally {
  for (const child of children) child.kill()
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  remove(scratch, disk)
}

/** Returns the median time of starting Node with these words, in seconds. */
async function nodeStart(words: readonly string[]): Promise<number> {
  const runs: Run[] = []
  const env = { PATH: process.env.PATH, HOME: scratch }
  for (let number = 0; number < RUNS * 3; number++)
    runs.push(await run([process.execPath, ...words], { cwd: scratch, env }))
  return median(runs).wall
}

/** Unpacks the same archives with one bare worker per core. */
async function floor(registry: string): Promise<void> {
  const runs: Run[] = []
  for (let number = 0; number < RUNS; number++) {
    const target = path.join(scratch, 'floor')
    remove(target)
    runs.push(
      await run([process.execPath, here('floor.mjs'), path.join(registry, 'packages'), target], {
        cwd: scratch,
        env: { PATH: process.env.PATH },
      }),
    )
  }
  const { wall, least, most, cpu } = median(runs)
  console.log(
    `floor: gunzip, hash, write ${wall.toFixed(3)} s (${least.toFixed(2)}–${most.toFixed(2)}) ${cpu.toFixed(2)} s CPU`,
  )
}

/** One bare pass of lstat over the files of the store, which bounds what looking at every file can cost. */
function lstatFloor(tools: readonly Tool[]): void {
  const home = tools.find(({ name }) => name.startsWith('cpm'))?.caches[0]
  if (home === undefined) return
  const files = fs.readdirSync(path.join(home, 'store'), { recursive: true }) as string[]
  const started = performance.now()
  for (const file of files) fs.lstatSync(path.join(home, 'store', file))
  console.log(
    `floor: one lstat of each of ${files.length} files ${((performance.now() - started) / 1000).toFixed(3)} s`,
  )
}
