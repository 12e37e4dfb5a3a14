import { CpmError } from '../../core/errors.ts'
import { hintToReach, snapshotOf } from '../../engines/colonyos/colony-record.ts'
import type { Engine } from '../../engines/engine.ts'
import type { RunRecord, RunRecords } from '../../engines/runs/run-records.ts'
import type { EngineName, RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import type { Submission, Submitted } from './submission.ts'

/** What the rest of cpm knows about an engine without opening it. */
interface EngineEntry {
  /** the flag of `cpm submit` that selects it; empty for the default */
  readonly flag: string
  /** returns the last known state of a run, for when its colony can't be reached; a local engine has none */
  readonly lastSeen?: (record: RunRecord) => RunSnapshot
  /** Loads and opens it. @param record the run that it is opened for, if any */
  open(session: Session, records: RunRecords, record?: RunRecord): Promise<Engine>
  /** Renders a workflow for it and runs it there. */
  submit(session: Session, submission: Submission): Promise<Submitted>
}

/** All engines. Add new ones here. */
export const ENGINES: Readonly<Record<EngineName, EngineEntry>> = {
  local: {
    flag: '--engine local',
    async open(session, records) {
      const { createLocalEngine } = await import('../../engines/local/local-engine.ts')
      const { engines } = await session.config()
      return createLocalEngine({ records, env: session.env, grace: engines?.local?.grace })
    },
    async submit(session, submission) {
      const { submitLocally } = await import('./submit-locally.ts')
      return await submitLocally(session, submission)
    },
  },
  colonyos: {
    flag: '',
    lastSeen: snapshotOf,
    async open(session, records, record) {
      const { openColonyEngine } = await import('./colony-engine.ts')
      try {
        return (await openColonyEngine(session, records, { context: record?.colony?.context })).engine
      } catch (error) {
        throw record ? withPlace(error, record) : error
      }
    },
    async submit(session, submission) {
      const { submitToColony } = await import('./submit-to-colony.ts')
      return await submitToColony(session, submission)
    },
  },
}

/** Adds to an error that the run is in another colony than the selected one. */
function withPlace(error: unknown, { run, colony }: RunRecord): unknown {
  if (!colony || !(error instanceof CpmError) || !['COLONY_NOT_CHOSEN', 'USAGE'].includes(error.code)) return error
  const place = `the run ${run} is in the colony ${colony.name} on ${colony.address}`
  return new CpmError('COLONY_NOT_CHOSEN', `${place}, and ${error.message}`, {
    hint: hintToReach(run, colony),
    details: { run },
    cause: error,
  })
}
