import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { entriesOf } from '../../installer/lock-entries.ts'
import type { Project } from '../../installer/project.ts'
import { requireGlobal } from '../../installer/global/choose-changes.ts'
import { globalRoot } from '../../installer/global/global-home.ts'
import { readGlobalState } from '../../installer/global/state-file.ts'
import type { Session } from '../session.ts'

export interface GlobalRoot {
  readonly name: PackageName
  readonly version: Version
  readonly project: Project
}

/** Returns the roots of all global packages. */
export async function globalRoots(session: Session): Promise<GlobalRoot[]> {
  const home = session.home(await session.config())
  return entriesOf(readGlobalState(home.state).packages).map(([name, { version }]) => ({
    name,
    version,
    project: globalRoot(home, name, version),
  }))
}

/** Returns the root of a global package. @throws CpmError PACKAGE_NOT_FOUND */
export async function requireGlobalRoot(session: Session, name: PackageName): Promise<GlobalRoot> {
  const home = session.home(await session.config())
  const { version } = requireGlobal(readGlobalState(home.state).packages, name)
  return { name, version, project: globalRoot(home, name, version) }
}
