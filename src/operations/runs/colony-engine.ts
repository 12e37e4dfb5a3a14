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
  context: Session,
  records: RunRecords,
  flags: EngineFlags = {},
): Promise<OpenColony & { engine: ColonyEngine }> {
  const colony = await openColony(context, { context: flags.context })
  const lockTimeout = context.lockTimeout(await context.config(), undefined)
  const engine = new ColonyEngine({
    client: colony.client,
    records,
    emit: context.emit,
    lockTimeout,
    ...(flags.lookFirst !== undefined && { lookFirst: flags.lookFirst }),
    ...(colony.choice.context !== undefined && { context: colony.choice.context }),
  })
  return { ...colony, engine }
}
