import type { Engine } from '../../engines/engine.ts'
import { type RunRecord, RunRecords } from '../../engines/runs/run-records.ts'
import type { EngineName } from '../../engines/runs/snapshot.ts'
import { removeAbandonedSecrets } from '../../workflow/values/secret-files.ts'
import type { Session } from '../session.ts'
import { ENGINES } from './engines.ts'

/** The runs that this machine knows, and their engines. */
export interface Runs {
  readonly records: RunRecords
  /** Opens the engine of a run. */
  engineOf(record: RunRecord): Promise<Engine>
  /** Loads and opens an engine. */
  engine(name: EngineName): Promise<Engine>
}

export async function openRuns(session: Session): Promise<Runs> {
  const { runs, secrets } = session.home(await session.config())
  const records = new RunRecords(runs)
  // A killed run can't remove its own secrets, so the next command about runs does.
  removeAbandonedSecrets(secrets)
  const open = new Map<string, Promise<Engine>>()
  // Local runs share an engine; runs in colonies may be in different colonies.
  const openOnce = (name: EngineName, record?: RunRecord) => {
    const key = `${name} ${record?.colony ? record.run : ''}`
    const engine = open.get(key) ?? ENGINES[name].open(session, records, record)
    open.set(key, engine)
    return engine
  }
  return { records, engine: (name) => openOnce(name), engineOf: (record) => openOnce(record.engine, record) }
}
