import { isRelease } from '../../schema/lock.ts'
import { isPackageName } from '../../schema/name.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import { tellNewsOf } from '../../installer/status-warnings.ts'
import { findPackages } from '../../workflow/templates/package-sources.ts'
import type { Session } from '../session.ts'
import { createInstallation } from '../project/installation.ts'
import type { FoundPackage } from './find-package.ts'

/** Warns about yanked or deprecated releases in a run: the package itself and the packages it includes. */
export async function tellNewsOfRun(
  session: Session,
  found: Pick<FoundPackage, 'root' | 'manifest' | 'tree' | 'project'>,
  flags: { registry?: string | undefined } = {},
): Promise<void> {
  const { project, manifest, tree } = found
  const read = readProjectLock(project)
  if (read.kind !== 'lock') return
  // A folder is not a release, even if the lock has a package of that name.
  const names = [
    ...(tree === undefined ? [] : [manifest.name]),
    ...findPackages(found, project.packages).included.keys(),
  ]
  const releases = names.filter(isPackageName).flatMap((name) => {
    const locked = lockedPackage(read.lock, name)
    return locked && isRelease(locked) ? [{ name, version: locked.version }] : []
  })
  if (releases.length === 0) return
  const { source, emit, sweep } = await createInstallation(session, project, flags)
  await tellNewsOf(releases, { source, emit })
  sweep()
}
