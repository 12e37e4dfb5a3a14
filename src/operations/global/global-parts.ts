import { accountName } from '../../core/account.ts'
import { stagingOf } from '../../installer/global/global-home.ts'
import type { GlobalParts } from '../../installer/global/global-parts.ts'
import { projectAt } from '../../installer/project.ts'
import { StagingArea } from '../../core/staging.ts'
import { createInstallation, type InstallationFlags } from '../project/installation.ts'
import type { Session } from '../session.ts'

/** Creates what a change of global packages works with. Only the user's settings apply, wherever the command runs. */
export async function createGlobalParts(session: Session, flags: InstallationFlags): Promise<GlobalParts> {
  const settings = await session.config()
  const home = session.home(settings)
  return {
    home,
    staging: new StagingArea(stagingOf(home)),
    installation: await createInstallation(session, projectAt(home.packages), flags, { settings }),
    now: session.now,
    requestedBy: accountName(),
  }
}
