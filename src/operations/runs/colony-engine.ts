import { ColonyEngine } from '../../engines/colonyos/colony-engine.ts'
import type { RunRecords } from '../../engines/runs/run-records.ts'
import { type OpenColony, openColony } from './colony.ts'
import type { Session } from '../session.ts'

interface EngineFlags {
  /** `--context`, or the context that submitted the run */
  context?: string | undefined
  /** whether the run may be in the colony although this machine has no record of it */
  lookFirst?: boolean
}

/** Opens the selected colony as an engine. */
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
