import { lookAtProject } from '../../installer/consistent-view.ts'
import { type ReadLock, readLock } from '../../installer/lockfile.ts'
import type { Project } from '../../installer/project.ts'
import { type ReadProject, readProjectManifest } from '../../installer/project-manifest.ts'
import type { Session } from '../session.ts'

/** Reads a consistent state of a project that other processes may be changing (see `lookAtProject`). */
export async function lookAt<T>(
  session: Session,
  project: Project,
  look: () => T | Promise<T>,
  lockTimeout?: number,
): Promise<T> {
  const settings = await session.config(project.root)
  return await lookAtProject(
    project,
    { lockTimeout: session.lockTimeout(settings, lockTimeout), emit: session.emit },
    look,
  )
}

/** Reads the manifest and the lock of a project as they are between two changes. */
export async function lookAtFiles(
  session: Session,
  project: Project,
  { lockTimeout }: { lockTimeout?: number | undefined },
): Promise<{ readonly read: ReadProject; readonly lock: ReadLock }> {
  const look = () => ({ read: readProjectManifest(project), lock: readLock(project.lockFile) })
  return await lookAt(session, project, look, lockTimeout)
}
