import type { PackageName } from '../../schema/name.ts'
import { install as applyInstall } from '../../installer/install.ts'
import { requireProject } from '../../installer/find-project.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type InstallResult, installResult } from './install-result.ts'

export interface UninstallOptions extends InstallationFlags {
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
  const project = requireProject(session.cwd, `cpm uninstall -g ${names.join(' ')}`)
  const installation = await createInstallation(session, project, flags)
  return installResult(await applyInstall(installation, { dryRun, change: { type: 'remove', names } }))
}
