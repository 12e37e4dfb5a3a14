import { collectGarbage, type Garbage } from '../../installer/keep/collect-garbage.ts'
import { Store } from '../../installer/store.ts'
import type { Session } from '../session.ts'
import { runningPackages } from './running-packages.ts'

export interface GcOptions {
  /** show what would be removed, and remove nothing */
  dryRun?: boolean
  /** keep what was written or used in this many last days */
  olderThan?: number
  /** also remove what only projects use that are missing, instead of keeping it for 30 days */
  forgetMissing?: boolean
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

/**
 * Removes the packages in the store that no known project uses, and what killed processes left.
 * @throws CpmError LOCK_TIMEOUT, FILE_UNWRITABLE, READ_ONLY
 */
export async function gc(session: Session, options: GcOptions = {}): Promise<Garbage> {
  const { dryRun = false, olderThan = 0, forgetMissing = false } = options
  const config = await session.config()
  const home = session.home(config)
  const now = session.now()
  return await collectGarbage({
    store: new Store(home.store),
    home,
    now,
    lockTimeout: session.lockTimeout(config, options.lockTimeout),
    emit: session.emit,
    signal: session.signal,
    dryRun,
    olderThan,
    forgetMissing,
    running: () => runningPackages(home.runs, now),
  })
}
