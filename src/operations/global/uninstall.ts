import type { PackageName } from '../../schema/name.ts'
import { chooseUninstall } from '../../installer/global/choose-changes.ts'
import type { InstallationFlags } from '../project/installation.ts'
import type { Session } from '../session.ts'
import { applyGlobal, type GlobalResult } from './change.ts'
import { createGlobalParts } from './global-parts.ts'

export interface UninstallGloballyOptions extends Pick<InstallationFlags, 'lockTimeout'> {
  names: readonly PackageName[]
  /** plan without changing anything */
  dryRun?: boolean
}

/**
 * Removes global packages, with their dependencies and the links to their executables.
 * @throws CpmError PACKAGE_NOT_FOUND for a package that is not installed globally
 */
export async function uninstallGlobally(
  session: Session,
  { names, dryRun = false, lockTimeout }: UninstallGloballyOptions,
): Promise<GlobalResult> {
  const parts = await createGlobalParts(session, { lockTimeout })
  return await applyGlobal(session, parts, {
    dryRun,
    choose: (installed) => Promise.resolve(chooseUninstall(installed, names)),
  })
}
