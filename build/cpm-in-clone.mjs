/** Runs cpm in a clone, for `./cpm` and `npm run cpm --`. Installs and builds what is missing first. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

const root = path.resolve(import.meta.dirname, '..')
const LOCK = path.join(root, '.tmp', 'setup.lock')
const NPM_CI = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']

if (!isReady()) await setUp()
// npm runs scripts in the root of the clone, but the command must run in the folder where it was typed.
if (process.env.npm_lifecycle_event === 'cpm' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
await import('../bin/cpm.js')

/** npm writes the first file last, so an interrupted installation runs again. */
function isReady() {
  return exists('node_modules/.package-lock.json') && exists('dist/cpm.js')
}

/** Installs and builds. Two processes in one node_modules would break each other, so only one does; others wait. */
async function setUp() {
  fs.mkdirSync(path.dirname(LOCK), { recursive: true })
  while (!takeLock()) {
    if (isReady()) return
    await setTimeout(200)
  }
  try {
    if (!exists('node_modules/.package-lock.json')) npm(NPM_CI, 'installing the dependencies of this clone')
    // npm ci also builds, unless the user has disabled npm scripts.
    if (!exists('dist/cpm.js')) npm(['run', 'build', '--silent'], 'building cpm')
  } finally {
    fs.rmSync(LOCK, { force: true })
  }
}

/** Takes the lock, unless a running process has it. */
function takeLock() {
  try {
    fs.writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isRunning(readHolder())) fs.rmSync(LOCK, { force: true })
    return false
  }
}

function readHolder() {
  try {
    return Number(fs.readFileSync(LOCK, 'utf8'))
  } catch {
    return 0
  }
}

/** A holder that is not written yet is 0, the process group of this process: it counts as running. */
function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function exists(file) {
  return fs.existsSync(path.join(root, file))
}

/** Runs npm in the clone. Its output goes to stderr, because stdout belongs to the command. */
function npm(args, why) {
  console.error(`${why}: npm ${args.join(' ')}`)
  const npmCli = process.env.npm_execpath
  // npm is a shell script on Windows.
  const [program, words] = npmCli ? [process.execPath, [npmCli, ...args]] : ['npm', args]
  const shell = !npmCli && process.platform === 'win32'
  const { status } = spawnSync(program, words, { cwd: root, stdio: ['ignore', 2, 2], shell })
  if (status !== 0) {
    fs.rmSync(LOCK, { force: true })
    process.exit(status ?? 1)
  }
}
