import fs from 'node:fs'
import path from 'node:path'
import { CpmError, fileError } from '../../core/errors.ts'
import { fateOf } from '../../core/process-identity.ts'
import type { RunRecord, RunRecords } from '../runs/run-records.ts'
import { isOver } from '../runs/snapshot.ts'
import { endLeftovers } from './orphan-processes.ts'
import { settle } from './live-run.ts'

/**
 * A file in a run's folder asks the process of the run to cancel it. A signal would not do: the process id may have
 * been reused, and the file also works from other machines that share the folder.
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

/** Milliseconds after which an unreachable process without a sign of life, which come every few seconds, has ended. */
const SILENT_AFTER = 60_000

/**
 * Returns the record of a run. If the process of the run was killed or its machine went down, this ends the processes
 * that it left, fails the running nodes and cancels the waiting ones. The state of a process in another container or on
 * another machine is unknown: when it is silent, its run is only shown as ended and nothing is changed.
 */
export function settleAbandoned(records: RunRecords, run: string): RunRecord {
  const seen = records.read(run)
  if (isOver(seen) || !seen.local) return seen
  const fate = fateOf(seen.local.process)
  const sign = fate === 'unknown' ? records.lastSignOfLife(run) : undefined
  if (fate === 'living' || (fate === 'unknown' && !isSilentSince(sign))) return seen
  // The process may have written the end after the first read, so read again.
  const record = records.read(run)
  if (isOver(record)) return record
  const { pid, host, startedAt } = seen.local.process
  if (sign) {
    settle(record, `the cpm process ${pid} on ${host} that ran it shows no sign of life`, sign)
    return record
  }
  endLeftovers(records.folder(run), { since: startedAt })
  settle(record, `the cpm process ${pid} that ran it was killed, or the machine went down`)
  try {
    records.write(record)
  } catch (error) {
    // The run has ended even if that can't be written, for example because the disk is full.
    if (!(error instanceof CpmError)) throw error
  }
  return record
}

function isSilentSince(sign: Date | undefined): boolean {
  return sign !== undefined && Date.now() - sign.getTime() > SILENT_AFTER
}
