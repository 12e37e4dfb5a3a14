import { ColonyEngine } from '../../engines/colonyos/colony-engine.ts'
import type { RunRecords } from '../../engines/runs/run-records.ts'
import { type OpenColony, openColony } from './colony.ts'
import type { Session } from '../session.ts'

interface EngineFlags {
  /** `--context`, or the one that a run was submitted by */
  context?: string | undefined
  /** the run may be in the colony although this machine does not know it */
  lookFirst?: boolean
}

/** Opens the colony that is meant as something that runs workflows. */
export async function openColonyEngine(
  session: Session,
  records: RunRecords,
  flags: EngineFlags = {},
): Promise<OpenColony & { engine: ColonyEngine }> {
  const colony = await openColony(session, { context: flags.context })
  const lockTimeout = session.lockTimeout(await session.config(), undefined)
  const engine = new ColonyEngine({
    client: colony.client,
    records,
    emit: session.emit,
    lockTimeout,
    ...(flags.lookFirst !== undefined && { lookFirst: flags.lookFirst }),
    ...(colony.choice.context !== undefined && { context: colony.choice.context }),
  })
  return { ...colony, engine }
}
