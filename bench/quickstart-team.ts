/**
 * `npm run quickstart:team`: one registry server and two people on one machine, in a temporary folder, using only the
 * loopback network. Ada publishes this clone's own node_modules over HTTP. Bo, who shares nothing with her except the
 * server, installs and verifies it. Then the registry is used as a folder, and Bo's lock stays the same, byte for byte.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describeLeftOut, makeCorpus } from './corpus.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'bin', 'cpm.js')
const MOST_PACKAGES = 150

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-team-'))
const at = (...parts: string[]) => path.join(scratch, ...parts)
const served = at('served')

interface Person {
  name: string
  env: NodeJS.ProcessEnv
}

function person(name: string, registry: string): Person {
  return { name, env: { ...process.env, CPM_HOME: at(name.toLowerCase()), CPM_REGISTRY: registry, CI: '' } }
}

/** Runs a command as a person. Secrets are passed on standard input only. */
async function cpm({ name, env }: Person, shown: string, args: string[], cwd: string, input = ''): Promise<string> {
  process.stdout.write(`\n${name} $ cpm ${shown}\n`)
  const started = performance.now()
  const { stdout } = await execa(process.execPath, [BIN, ...args], { cwd, env, input, stderr: 'inherit' })
  const lines = stdout.split('\n')
  const said =
    lines.length > 6 ? [...lines.slice(0, 2), `  … ${lines.length - 4} more lines`, ...lines.slice(-2)] : lines
  process.stdout.write(`${said.join('\n')}\n(${((performance.now() - started) / 1000).toFixed(1)} s)\n`)
  return stdout
}

interface Server {
  url: string
  token: string
  stop(): Promise<void>
}

/** Starts a server on a free port, and waits until it reports its address. */
async function serve(): Promise<Server> {
  process.stdout.write('\n$ cpm serve --port 0 --root served\n')
  const env = { ...process.env, CPM_HOME: at('operator') }
  const child = execa(process.execPath, [BIN, 'serve', '--port', '0', '--root', served], { env, reject: false })
  let said = ''
  const ready = new Promise<{ url: string; token: string }>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      const token = /cpm_[0-9A-Za-z]+/.exec(said)?.[0]
      if (url !== undefined && token !== undefined) resolve({ url, token })
    })
    child.on('exit', () => {
      reject(new Error(`the server did not start: ${said}`))
    })
  })
  const { url, token } = await ready
  process.stdout.write(said.replace(token, 'cpm_… (a token, shown this once)'))
  const stop = async () => {
    child.kill('SIGTERM')
    const { exitCode } = await child
    if (exitCode !== 0) throw new Error(`the server ended with ${exitCode ?? 'a signal'}`)
  }
  return { url, token, stop }
}

let server: Server | undefined
try {
  console.log(`Working in ${scratch}; it is removed at the end. Nothing else is changed.`)
  const corpus = makeCorpus(path.join(ROOT, 'node_modules'), at('corpus'), MOST_PACKAGES)
  console.log(`\nMade ${corpus.packages.length} packages from this clone's node_modules (${describeLeftOut(corpus)}).`)
  server = await serve()

  const ada = person('Ada', server.url)
  await cpm(ada, 'login --token-stdin', ['login', '--token-stdin'], scratch, server.token)
  const folders = corpus.packages.map(({ folder }) => folder)
  await cpm(ada, 'key generate', ['key', 'generate'], scratch)
  await cpm(ada, "publish --allow '**' corpus/*", ['publish', '--quiet', '--allow', '**', ...folders], scratch)

  const bo = person('Bo', server.url)
  const project = at('project')
  fs.mkdirSync(project)
  await cpm(bo, 'init --bare', ['init', '--bare'], project)
  const wanted = corpus.packages.filter(({ topLevel }) => topLevel).map(({ name, version }) => `${name}@${version}`)
  await cpm(bo, `install <${wanted.length} packages of the corpus>`, ['install', ...wanted], project)
  await cpm(bo, 'verify', ['verify'], project)
  const [first] = corpus.packages
  if (first) await cpm(bo, `info ${first.name}`, ['info', first.name], project)

  await server.stop()
  server = undefined
  console.log('\nThe server has stopped; its folder still works as a registry.')
  const lock = fs.readFileSync(path.join(project, 'colony.lock'))
  fs.rmSync(path.join(project, 'colony.lock'))
  await cpm(person('Cy', served), 'install', ['install'], project)
  if (!fs.readFileSync(path.join(project, 'colony.lock')).equals(lock)) throw new Error('the lock changed')
  console.log(`
What happened: a server created a registry and a token; Ada published ${corpus.packages.length} packages over HTTP as one operation; Bo, who had
only the server's address, resolved, fetched and verified them; and the lock is the same over HTTP and from the folder.`)
} finally {
  await server?.stop()
  fs.rmSync(scratch, { recursive: true, force: true })
}
