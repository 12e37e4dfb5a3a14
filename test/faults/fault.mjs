/**
 * Loaded into the real binary by NODE_OPTIONS=--import: makes the k-th change of the file system fail, so that tests
 * can stop cpm at every step. CPM_FAULT is `count:<file>`, `kill:<k>` or `<error code>:<k>`. CPM_FAULT_THREAD selects
 * whose changes count: main (the default) or worker.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const [what, argument] = (process.env.CPM_FAULT ?? ':').split(':')
const wanted = (process.env.CPM_FAULT_THREAD ?? 'main') === (isMainThread ? 'main' : 'worker')
const { openSync, writeSync, closeSync } = fs
let done = 0

function step(name) {
  done++
  if (what === 'count') {
    const fd = openSync(argument, 'a')
    writeSync(fd, `${name}\n`)
    closeSync(fd)
  } else if (done === Number(argument)) {
    if (what === 'kill') process.kill(process.pid, 'SIGKILL')
    throw Object.assign(new Error(`${what}: injected at change ${done}, ${name}`), { code: what })
  }
}

const CHANGES = [
  ...[
    'renameSync',
    'mkdirSync',
    'writeFileSync',
    'appendFileSync',
    'symlinkSync',
    'linkSync',
    'copyFileSync',
    'chmodSync',
  ],
  ...['write', 'writev', 'writeSync', 'ftruncateSync', 'fsyncSync', 'rmSync', 'rmdirSync', 'unlink', 'unlinkSync'],
]
// A full disk still allows cleaning up, so these calls never fail; they only count for kills.
const FREEING = new Set(['rmSync', 'rmdirSync', 'unlinkSync', 'ftruncateSync'])

if (wanted) {
  for (const name of CHANGES) {
    const original = fs[name]
    fs[name] = (...args) => {
      // Calls that free space never fail.
      if (what === 'kill' || what === 'count' || !FREEING.has(name)) step(name)
      return original(...args)
    }
    fs[name].original = original
  }
  const openSync = fs.openSync
  fs.openSync = (file, flags = 'r', ...rest) => {
    const writes =
      typeof flags === 'string' ? flags !== 'r' : (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0
    if (writes) step('openSync')
    return openSync(file, flags, ...rest)
  }
  syncBuiltinESMExports()
}
