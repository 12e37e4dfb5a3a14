/**
 * `npm run bench`: how long it takes to publish, install and verify this clone's node_modules as packages, compared
 * with a bare start of node. Because machines are noisy, it prints the median of several runs with the minimum and
 * maximum, and the ratio to `node -e 0` in the same run.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describeLeftOut, makeCorpus } from './corpus.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'bin', 'cpm.js')
const RUNS = Number(process.argv[2] ?? 5)

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-bench-'))
const project = path.join(scratch, 'project')
const home = path.join(scratch, 'home')
// This variable costs Node 20 about 30 ms per start, in every command.
const env: NodeJS.ProcessEnv = { ...process.env, CPM_HOME: home, CI: '', NODE_EXTRA_CA_CERTS: undefined }

async function time(args: readonly string[], runs: number, before: (run: number) => void = () => undefined) {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    before(run)
    const started = performance.now()
    await execa(process.execPath, args, { cwd: project, env, extendEnv: false, stdin: 'ignore' })
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  return { median: times[times.length >> 1] ?? 0, least: times[0] ?? 0, most: times.at(-1) ?? 0 }
}

try {
  fs.mkdirSync(project)
  const corpus = makeCorpus(path.join(ROOT, 'node_modules'), path.join(scratch, 'corpus'))
  const files = corpus.packages.reduce((sum, entry) => sum + entry.files, 0)
  const bytes = corpus.packages.reduce((sum, entry) => sum + entry.bytes, 0)
  console.log(
    `corpus: ${corpus.packages.length} packages, ${files} files, ${(bytes / 1e6).toFixed(0)} MB; ${describeLeftOut(corpus)}`,
  )
  const wanted = corpus.packages.filter(({ topLevel }) => topLevel)
  const manifest = wanted.map(({ name, version }) => `  '${name}': ${version}\n`).join('')
  fs.writeFileSync(path.join(project, 'colony.yaml'), `apiVersion: v1\ndependencies:\n${manifest}`)

  const bare = await time(['-e', '0'], RUNS * 2)
  const row = (what: string, { median, least, most }: typeof bare) => {
    console.log(
      `${what.padEnd(44)} ${median.toFixed(0).padStart(7)} ms  (${least.toFixed(0)}–${most.toFixed(0)})  ${(median / bare.median).toFixed(1).padStart(7)} x node -e 0`,
    )
  }
  row('node -e 0', bare)
  row('cpm --version', await time([BIN, '--version'], RUNS))
  await time([BIN, 'key', 'generate'], 1)
  row(
    'publish all as one operation',
    await time([BIN, 'publish', '--quiet', '--allow', '**', ...corpus.packages.map(({ folder }) => folder)], 1),
  )
  // Use a fresh store each time: on some disks, writing right after deleting a large tree is slow.
  const cold = (run: number) => {
    fs.rmSync(path.join(project, 'colony_packages'), { recursive: true, force: true })
    fs.rmSync(path.join(project, 'colony.lock'), { force: true })
    if (fs.existsSync(path.join(home, 'store')))
      fs.renameSync(path.join(home, 'store'), path.join(home, `store-${run}`))
  }
  row('install, cold: resolve, verify, unpack, link', await time([BIN, 'install', '--quiet'], RUNS, cold))
  const relink = () => {
    fs.rmSync(path.join(project, 'colony_packages'), { recursive: true, force: true })
  }
  row('install, warm: lock and store exist', await time([BIN, 'install', '--quiet'], RUNS, relink))
  row('install, nothing to do', await time([BIN, 'install', '--quiet'], RUNS * 2))
  row('ci, nothing to do: verifies everything', await time([BIN, 'ci', '--quiet'], RUNS))
  row('verify', await time([BIN, 'verify', '--quiet'], RUNS))
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
