import { safeJoin } from '../../core/safe-path.ts'
import type { GlobalPackage } from '../../schema/global-state.ts'
import type { PackageName } from '../../schema/name.ts'
import { lockedPackage } from '../lock-entries.ts'
import { requireLock } from '../lockfile.ts'
import type { Project } from '../project.ts'
import { executablesIn } from './executables.ts'

/** Describes the package that a root was made for, as its lock and its files are now. */
export function describeRoot(
  project: Project,
  name: PackageName,
  { requestedBy, installedAt }: Pick<GlobalPackage, 'requestedBy' | 'installedAt'>,
): GlobalPackage {
  const lock = requireLock(project.lockFile)
  const locked = lockedPackage(lock, name)
  if (!locked) throw new Error(`the lock of ${project.root} does not have ${name}`)
  return {
    version: locked.version,
    path: project.root,
    requestedBy,
    installedAt,
    executables: executablesIn(safeJoin(project.packages, name)),
    dependencies: Object.keys(lock.packages).length - 1,
  }
}
