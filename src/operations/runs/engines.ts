import { CpmError } from '../../core/errors.ts'
import { hintToReach, snapshotOf } from '../../engines/colonyos/colony-record.ts'
import type { Engine } from '../../engines/engine.ts'
import type { RunRecord, RunRecords } from '../../engines/runs/run-records.ts'
import type { EngineName, RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'
import type { Submission, Submitted } from './submission.ts'

/** What the rest of cpm has to know of an engine without opening it. */
interface EngineEntry {
  /** what `cpm submit` is told so that it is this one; nothing for the default */
  readonly flag: string
  /** what was seen last of a run that lives elsewhere, for when nobody answers there; an engine of this machine has none */
  readonly lastSeen?: (record: RunRecord) => RunSnapshot
  /** Loads and opens it. @param record the run that it is opened for, if there is one */
  open(session: Session, records: RunRecords, record?: RunRecord): Promise<Engine>
  /** Renders a workflow for it and runs it there. */
  submit(session: Session, submission: Submission): Promise<Submitted>
}

/** Every engine there is. A new one is a new entry here. */
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

/** Whichever colony is in use, what is missing is a way to that of the run. */
function withPlace(error: unknown, { run, colony }: RunRecord): unknown {
  if (!colony || !(error instanceof CpmError) || !['COLONY_NOT_CHOSEN', 'USAGE'].includes(error.code)) return error
  const place = `the run ${run} is in the colony ${colony.name} on ${colony.address}`
  return new CpmError('COLONY_NOT_CHOSEN', `${place}, and ${error.message}`, {
    hint: hintToReach(run, colony),
    details: { run },
    cause: error,
  })
}
