import { type PackageName } from '../../schema/name.ts'
import { requireProject } from '../../installer/find-project.ts'
import { requireInstalled } from './installed-package.ts'
import type { Session } from '../session.ts'
import { lookAt } from '../project/look-at.ts'

/** Returns the folder of an installed package. @throws CpmError PACKAGE_NOT_FOUND, LOCK_OUTDATED */
export async function packagePath(session: Session, { name }: { name: PackageName }) {
  const project = requireProject(session.cwd, `cpm path -g ${name}`)
  const { version, folder } = await lookAt(session, project, () => requireInstalled(project.root, name))
  return { name, version, path: folder }
}
