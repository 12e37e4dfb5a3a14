import { entriesOf } from '../../installer/lock-entries.ts'
import { projectAt } from '../../installer/project.ts'
import { globalRoot } from '../../installer/global/global-home.ts'
import { readGlobalState } from '../../installer/global/state-file.ts'
import { tellNewsOf } from '../../installer/status-warnings.ts'
import { withLentHome } from '../lent-home.ts'
import { createInstallation, type InstallationFlags } from '../project/installation.ts'
import type { Session } from '../session.ts'

export type ListGlobalOptions = Pick<InstallationFlags, 'registry' | 'offline'>

/** Lists the global packages with the status of their releases, and operations that have begun. */
export async function listGlobal(session: Session, flags: ListGlobalOptions = {}) {
  const settings = await session.config()
  const lent = withLentHome(session)
  const home = lent.home(settings)
  const { packages, pending, totals } = readGlobalState(home.state)
  const installed = entriesOf(packages).map(([name, known]) => ({
    name,
    ...known,
    // The home may have been moved since.
    path: globalRoot(home, name, known.version).root,
  }))
  const { source, emit, sweep } = await createInstallation(lent, projectAt(home.packages), flags, { settings })
  const news = await tellNewsOf(installed, { source, emit })
  sweep()
  return {
    packages: installed.map((each) => ({ ...each, status: news.of.get(each.name)?.status ?? null })),
    pending,
    totals,
    unasked: news.unasked,
  }
}
