import fs from 'node:fs'
import path from 'node:path'
import { CpmError, fileError } from '../../core/errors.ts'
import { fateOf } from '../../core/process-identity.ts'
import type { RunRecord, RunRecords } from '../runs/run-records.ts'
import { isOver } from '../runs/snapshot.ts'
import { endLeftovers } from './orphan-processes.ts'
import { settle } from './live-run.ts'

/**
 * Runs that live, or lived, in another process. Its end is asked for by a file in the run's folder, not by a signal: a number
 * may belong to somebody else by now, and the file works from any machine that shares the folder.
 */
const CANCEL_FILE = 'run.cancel'

export function askToCancel(records: RunRecords, run: string): void {
  const file = path.join(records.folder(run), CANCEL_FILE)
  try {
    fs.writeFileSync(file, '', { mode: 0o600 })
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}

export function wasAskedToCancel(records: RunRecords, run: string): boolean {
  return fs.existsSync(path.join(records.folder(run), CANCEL_FILE))
}

/** Signs of life come every few seconds: after so long a silence a process that can't be asked about is taken as ended. */
const SILENT_AFTER = 60_000

/**
 * The record of a run. Where the process that ran it has ended and could not write the end down (it was killed, or the machine
 * went down), what it left running is ended, what ran has failed, and what waited was cancelled. A process of another container
 * or machine can't be asked about: once it is silent its run is shown so, and nothing of it is touched.
 */
export function settleAbandoned(records: RunRecords, run: string): RunRecord {
  const seen = records.read(run)
  if (isOver(seen) || !seen.local) return seen
  const fate = fateOf(seen.local.process)
  const sign = fate === 'unknown' ? records.lastSignOfLife(run) : undefined
  if (fate === 'living' || (fate === 'unknown' && !isSilentSince(sign))) return seen
  // It may have written the end between the two looks: what it wrote last is there by now.
  const record = records.read(run)
  if (isOver(record)) return record
  const { pid, host } = seen.local.process
  if (sign) {
    settle(record, `cpm (process ${pid} on ${host}), which ran it, gives no sign of life`, sign)
    return record
  }
  endLeftovers(records.folder(run))
  settle(record, `cpm (process ${pid}), which ran it, was killed or the machine went down`)
  try {
    records.write(record)
  } catch (error) {
    // The end is true also where it can't be written, as on a full disk; who looks next finds the same.
    if (!(error instanceof CpmError)) throw error
  }
  return record
}

function isSilentSince(sign: Date | undefined): boolean {
  return sign !== undefined && Date.now() - sign.getTime() > SILENT_AFTER
}
