import type { PackageName } from '../../schema/name.ts'
import { requireInstalled } from '../packages/installed-package.ts'
import { lookAt } from '../project/look-at.ts'
import type { Session } from '../session.ts'
import { requireGlobalRoot } from './global-roots.ts'

/** Returns the folder of a global package. @throws CpmError PACKAGE_NOT_FOUND */
export async function globalPath(session: Session, { name }: { name: PackageName }) {
  const { project } = await requireGlobalRoot(session, name)
  const { version, folder } = await lookAt(session, project, () => requireInstalled(project.root, name))
  return { name, version, path: folder }
}
