import type { PackageName } from '../../schema/name.ts'
import { install as applyInstall } from '../../installer/install.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type InstallResult, installResult } from './install-result.ts'
import { type FilterFlags, requireOwnScope } from './scope.ts'

export interface UninstallOptions extends InstallationFlags, FilterFlags {
  names: readonly PackageName[]
  /** plan without changing anything */
  dryRun?: boolean
}

/**
 * Removes packages from the project in the session's folder, with dependencies that only they needed.
 * @throws CpmError PACKAGE_NOT_FOUND if a name is not a direct dependency; otherwise the errors of `install`
 */
export async function uninstall(
  session: Session,
  { names, dryRun = false, ...flags }: UninstallOptions,
): Promise<InstallResult> {
  const { project, members, here, filtered } = requireOwnScope(session, flags, `cpm uninstall -g ${names.join(' ')}`)
  const installation = await createInstallation(session, project, flags, { members })
  const change = { type: 'remove', names } as const
  return installResult(await applyInstall(installation, { dryRun, change, changeIn: filtered ?? [here] }))
}
