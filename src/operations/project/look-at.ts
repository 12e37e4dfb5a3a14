import { lookAtProject } from '../../installer/consistent-view.ts'
import type { Project } from '../../installer/project.ts'
import type { Session } from '../session.ts'

/** Reads a consistent state of a project that other processes may be changing (see `lookAtProject`). */
export async function lookAt<T>(session: Session, project: Project, look: () => T | Promise<T>): Promise<T> {
  const settings = await session.config(project.root)
  return await lookAtProject(
    project,
    { lockTimeout: session.lockTimeout(settings, undefined), emit: session.emit },
    look,
  )
}
