import { chooseInstall } from '../../installer/global/choose-changes.ts'
import type { InstallationFlags } from '../project/installation.ts'
import { readSelection, type SelectionFlags } from '../project/selection.ts'
import { parseNamesAndRanges } from '../registries/release-argument.ts'
import type { Session } from '../session.ts'
import { applyGlobal, type GlobalResult } from './change.ts'
import { createGlobalParts } from './global-parts.ts'

export interface InstallGloballyOptions extends InstallationFlags, SelectionFlags {
  /** packages as `name` or `name@range`; without any, checks and mends all global packages */
  names?: readonly string[]
  /** require the exact version instead of `^version` */
  exact?: boolean
  /** plan without changing anything */
  dryRun?: boolean
}

/**
 * Installs packages for the user, outside of any project, each with dependencies and a lock of its own, and links their
 * executables into `$CPM_HOME/bin`. All or none are installed.
 * @throws CpmError EXECUTABLE_CONFLICT; otherwise the errors of `install`
 */
export async function installGlobally(session: Session, options: InstallGloballyOptions = {}): Promise<GlobalResult> {
  const { names = [], exact = false, dryRun = false, ...flags } = options
  const packages = parseNamesAndRanges(names)
  const selection = readSelection(session.cwd, flags)
  const parts = await createGlobalParts(session, flags)
  return await applyGlobal(session, parts, {
    dryRun,
    choose: (installed) => chooseInstall(parts, installed, { packages, exact, selection, dryRun }),
  })
}
