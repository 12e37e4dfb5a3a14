import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { unlessAborted } from '../../core/concurrency.ts'
import { ownIdentity } from '../../core/process-identity.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { exactJson } from '../../core/exact-json.ts'
import { CpmError } from '../../core/errors.ts'
import type { Engine, PreparedRun, SubmitOptions, WatchOptions } from '../engine.ts'
import type { RunRecord, RunRecords } from '../runs/run-records.ts'
import { isOver, type RunSnapshot, waitingNodes } from '../runs/snapshot.ts'
import { requireFittingVariables, requireRoom } from './demand.ts'
import { findCommands } from './function-command.ts'
import { LiveRun, shownNode, snapshotOf } from './live-run.ts'
import { readLogs } from './local-logs.ts'
import { readOut, writeOut } from './run-node.ts'
import { runNodes } from './run-nodes.ts'
import { askToCancel, settleAbandoned, wasAskedToCancel } from './other-process.ts'
import type { Demand } from './schedule.ts'

interface LocalEngineOptions {
  records: RunRecords
  /** the environment of this process; functions get only a few of its variables */
  env: EnvironmentVariables
  /** the resources for nodes; by default the machine's cores and memory */
  room?: Demand
  /** seconds between asking a command to end and killing it */
  grace?: number | undefined
}

/** The variables that functions get. Any other may be a secret, such as a key or a token of a CI pipeline. */
const PASSED_ON = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'],
  // Windows programs don't start without these
  ...['SystemRoot', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE'],
]
/** seconds */
const DEFAULT_GRACE = 2
/** milliseconds between checks of a run in another process, and between checks for a request to cancel ours */
const LOOK_EVERY = 200
/** milliseconds between updates that show that our run is alive */
const SIGN_EVERY = 5_000

/**
 * Creates the engine that runs workflows on this machine with the functions that the package declares. It is opt-in,
 * because the package's programs run with the rights of the user. A run is part of the process that submitted it. Other
 * processes read its record and cancel it through a file next to the record.
 */
export function createLocalEngine({
  records,
  env,
  room = roomOfMachine(),
  grace = DEFAULT_GRACE,
}: LocalEngineOptions): Engine {
  const live = new Map<string, LiveRun>()

  const recordOf = (run: string) => settleAbandoned(records, run)
  const snapshot = (run: string): RunSnapshot => live.get(run)?.snapshot ?? fromRecord(records, recordOf(run))

  const submit = (prepared: PreparedRun, { signal }: SubmitOptions = {}) => {
    const { run, spec, root, functions, done } = prepared
    if (records.has(run)) return snapshot(run)
    const again = spec.functions.filter(({ nodename }) => done?.out.has(nodename) !== true)
    const commands = findCommands(again, { root, functions, searchPath: env.get('PATH') })
    requireRoom(again, room)
    requireFittingVariables(again)
    const record = newRecord(prepared)
    records.create(record, spec)
    for (const [nodename, out] of done?.out ?? []) writeOut(path.join(records.folder(run), nodename), out)
    const running = new LiveRun(records, record, done?.out ?? new Map())
    live.set(run, running)
    const cancellation = cancelledFromOutside(records, run)
    const stop = signal ? AbortSignal.any([signal, cancellation.signal]) : cancellation.signal
    const places = { env: passedOn(env), places: placesOf(prepared), folder: records.folder(run) }
    const work = async () => {
      try {
        await runNodes(again, running, { commands, room, grace: grace * 1000, signal: stop, ...places })
        running.close()
      } catch (error) {
        running.break(error)
      } finally {
        cancellation.dispose()
      }
    }
    void work()
    return running.snapshot
  }

  const watch = async (run: string, { signal, onChange }: WatchOptions = {}) => {
    const here = live.get(run)
    if (here) return await watchLive(here, { signal, onChange })
    let last = ''
    for (;;) {
      signal?.throwIfAborted()
      const now = snapshot(run)
      const text = exactJson(now)
      if (text !== last) onChange?.(now)
      last = text
      if (isOver(now)) return now
      await delay(LOOK_EVERY, undefined, { signal })
    }
  }

  return {
    name: 'local',
    runsHere: true,
    canReuseOutputs: true,
    submit: (prepared, options) => Promise.resolve().then(() => submit(prepared, options)),
    watch,
    read: (run) => Promise.resolve().then(() => snapshot(run)),
    logs: (run, options = {}) => readLogs(records, run, { ...options, snapshot: () => snapshot(run) }),
    cancel: async (run, { signal } = {}) => {
      const now = snapshot(run)
      if (isOver(now)) return now
      askToCancel(records, run)
      return await watch(run, { signal })
    },
    remove: (run) =>
      Promise.resolve().then(() => {
        if (!isOver(snapshot(run)))
          throw new CpmError('RUN_ACTIVE', `the run ${run} is still running`, { hint: `cpm workflow cancel ${run}` })
        records.remove(run)
        live.delete(run)
      }),
  }
}

async function watchLive(run: LiveRun, { signal, onChange }: WatchOptions): Promise<RunSnapshot> {
  const tell = () => onChange?.(run.snapshot)
  tell()
  const stopListening = onChange ? run.onChange(tell) : undefined
  try {
    await unlessAborted(run.ended, signal)
  } finally {
    stopListening?.()
  }
  return run.snapshot
}

/** Returns a signal that is aborted when another process cancels the run. */
function cancelledFromOutside(records: RunRecords, run: string): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController()
  const timer = setInterval(() => {
    if (wasAskedToCancel(records, run)) controller.abort()
  }, LOOK_EVERY)
  const signs = setInterval(() => {
    records.touch(run)
  }, SIGN_EVERY)
  return {
    signal: controller.signal,
    dispose: () => {
      clearInterval(timer)
      clearInterval(signs)
    },
  }
}

function newRecord({
  run,
  package: { name, version },
  workflow,
  spec,
  root,
  packages,
  tree,
  done,
  secrets,
}: PreparedRun) {
  const nodes = waitingNodes(spec).map((node) => ({
    ...node,
    dependencies: [...node.dependencies],
    ...(done?.out.has(node.nodename) === true && { state: 'successful' as const, reused: true }),
  }))
  const record: RunRecord = {
    schemaVersion: 1,
    run,
    engine: 'local',
    package: { name, version },
    workflow,
    state: 'running',
    submittedAt: new Date().toISOString(),
    ...(done && { retryOf: done.run }),
    source: {
      root: path.resolve(root),
      ...(packages !== undefined && { packages: path.resolve(packages) }),
      ...(tree !== undefined && { tree }),
    },
    local: { process: ownIdentity(), ...(secrets && { secrets: { ...secrets, files: [...secrets.files] } }) },
    nodes,
  }
  return record
}

/** Reads a run of another process, which may have ended: its record and the outputs in the folders of its nodes. */
function fromRecord(records: RunRecords, record: RunRecord): RunSnapshot {
  const folder = records.folder(record.run)
  const out = new Map<string, readonly unknown[]>()
  for (const { nodename, state } of record.nodes) {
    const read = state === 'successful' ? readOut(path.join(folder, nodename)) : undefined
    if (read?.state === 'successful') out.set(nodename, read.out)
  }
  return snapshotOf(
    record,
    folder,
    record.nodes.map((node) => shownNode(node, out)),
  )
}

function roomOfMachine(): Demand {
  return { cpu: os.availableParallelism() * 1000, mem: Math.floor(os.totalmem() / 1024 / 1024) }
}

function passedOn(env: EnvironmentVariables): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = env.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function placesOf({ root, packages }: PreparedRun): Record<string, string> {
  const folder = fs.realpathSync(root)
  const own = path.join(folder, 'colony_packages')
  const installed = packages ?? (fs.existsSync(own) ? own : undefined)
  return { CPM_PACKAGE: folder, ...(installed !== undefined && { CPM_PACKAGES: path.resolve(installed) }) }
}
