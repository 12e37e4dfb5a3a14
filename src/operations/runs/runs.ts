import type { Engine } from '../../engines/engine.ts'
import { type RunRecord, RunRecords } from '../../engines/runs/run-records.ts'
import type { EngineName } from '../../engines/runs/snapshot.ts'
import { removeAbandonedSecrets } from '../../workflow/values/secret-files.ts'
import type { Session } from '../session.ts'
import { ENGINES } from './engines.ts'

/** The runs that this machine knows, and the engines that have them. */
export interface Runs {
  readonly records: RunRecords
  /** Opens the engine that has a run. */
  engineOf(record: RunRecord): Promise<Engine>
  /** Opens an engine; it is loaded when it is asked for. */
  engine(name: EngineName): Promise<Engine>
}

export async function openRuns(session: Session): Promise<Runs> {
  const { runs, secrets } = session.home(await session.config())
  const records = new RunRecords(runs)
  // What a killed run left of them goes away with whoever looks at runs next.
  removeAbandonedSecrets(secrets)
  const open = new Map<string, Promise<Engine>>()
  // Runs of this machine share an engine; each run in a colony may be in another one.
  const openOnce = (name: EngineName, record?: RunRecord) => {
    const key = `${name} ${record?.colony ? record.run : ''}`
    const engine = open.get(key) ?? ENGINES[name].open(session, records, record)
    open.set(key, engine)
    return engine
  }
  return { records, engine: (name) => openOnce(name), engineOf: (record) => openOnce(record.engine, record) }
}
