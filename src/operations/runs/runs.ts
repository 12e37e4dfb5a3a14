import { CpmError } from '../../core/errors.ts'
import { hintToReach } from '../../engines/colonyos/colony-record.ts'
import type { Engine } from '../../engines/engine.ts'
import { type RunRecord, RunRecords } from '../../engines/runs/run-records.ts'
import { removeAbandonedSecrets } from '../../workflow/values/secret-files.ts'
import type { Session } from '../session.ts'

/** The runs that this machine knows, and the engines that have them. */
export interface Runs {
  readonly records: RunRecords
  /** Opens the engine that has a run. */
  engineOf(record: RunRecord): Promise<Engine>
  /** Opens an engine; it is loaded when it is asked for. */
  engine(name: 'local'): Promise<Engine>
}

export async function openRuns(context: Session): Promise<Runs> {
  const { runs, secrets } = context.home(await context.config())
  const records = new RunRecords(runs)
  // What a killed run left of them goes away with whoever looks at runs next.
  removeAbandonedSecrets(secrets)
  let local: Promise<Engine> | undefined
  const engine = () => (local ??= openLocal(context, records))
  return {
    records,
    engine,
    engineOf: async (record) => {
      if (record.engine === 'local') return await engine()
      const { openColonyEngine } = await import('./colony-engine.ts')
      try {
        return (await openColonyEngine(context, records, { context: record.colony?.context })).engine
      } catch (error) {
        throw withPlace(error, record)
      }
    },
  }
}

async function openLocal(context: Session, records: RunRecords): Promise<Engine> {
  const { createLocalEngine } = await import('../../engines/local/local-engine.ts')
  return createLocalEngine({ records, env: context.env })
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
