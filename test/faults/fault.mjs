/**
 * Loaded into the real binary by NODE_OPTIONS=--import, so that tests can stop cpm at every change of the file system.
 * CPM_FAULT is `count:<file>`, `kill:<k>` or `<error code>:<k>`; `<error code>:<k>+` also fails all later changes.
 * CPM_FAULT_THREAD selects whose changes count: main (the default), worker, or each in a file of its own.
 */
import fs from 'node:fs'
import { isMainThread, threadId } from 'node:worker_threads'
import { faultAt, isAffected, overlay } from './layer.mjs'

const [what = '', argument = ''] = (process.env.CPM_FAULT ?? '').split(/:(.*)/s)
const threads = process.env.CPM_FAULT_THREAD ?? 'main'
const thread = isMainThread ? 'main' : 'worker'
const wanted = threads === thread || threads === 'each'

if (wanted && what === 'count') {
  const log = fs.openSync(threads === 'each' ? `${argument}.${thread}` : argument, 'a')
  const { writeSync } = fs
  overlay({
    strikes: (step) => {
      if (isAffected('kill', step.kind)) writeSync(log, `${JSON.stringify({ ...step, thread: threadId })}\n`)
      return false
    },
    strike: () => undefined,
  })
} else if (wanted && what !== '') {
  const kill = () => {
    process.kill(process.pid, 'SIGKILL')
    throw new Error('killed')
  }
  overlay(faultAt(what, parseInt(argument), { stays: argument.endsWith('+'), kill }))
}
