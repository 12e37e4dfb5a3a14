import { lookAtProject } from '../../installer/consistent-view.ts'
import { type ReadLock, readLock } from '../../installer/lockfile.ts'
import { rootFolder } from '../../installer/find-project.ts'
import type { Project } from '../../installer/project.ts'
import { Store } from '../../installer/store.ts'
import { type ProjectRoots, readProjectRoots } from '../../installer/workspace/read-roots.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { siteStores } from './site-stores.ts'

/** Reads a consistent state of a project that other processes may be changing (see `lookAtProject`). */
export async function lookAt<T>(
  session: Session,
  project: Project,
  look: () => T | Promise<T>,
  lockTimeout?: number,
): Promise<T> {
  const settings = await session.config(rootFolder(project))
  return await lookAtProject(
    project,
    {
      // Only what a killed cpm left needs a store, or a home.
      get store() {
        const home = withLentHome(session).home(settings)
        return new Store(home.store, siteStores(session, settings, home))
      },
      lockTimeout: session.lockTimeout(settings, lockTimeout),
      emit: session.emit,
    },
    look,
  )
}

/** Reads the manifests and the whole lock of a project or workspace as they are between two changes. */
export async function lookAtFiles(
  session: Session,
  project: Project,
  { lockTimeout }: { lockTimeout?: number | undefined },
): Promise<{ readonly read: ProjectRoots; readonly lock: ReadLock }> {
  const look = () => ({ read: readProjectRoots(project), lock: readLock(project.lockFile) })
  return await lookAt(session, project, look, lockTimeout)
}
