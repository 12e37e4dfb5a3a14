import type { PackageName } from '../../schema/name.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { type Tree, treeOfPackage } from '../project/tree.ts'
import type { Session } from '../session.ts'
import { globalRoots, requireGlobalRoot } from './global-roots.ts'

/** Lists the dependencies of the global packages, or of one, as trees. @throws CpmError PACKAGE_NOT_FOUND */
export async function treeGlobal(
  session: Session,
  { name, depth }: { name?: PackageName | undefined; depth?: number | undefined } = {},
): Promise<{ trees: Tree[] }> {
  const roots = name === undefined ? await globalRoots(session) : [await requireGlobalRoot(session, name)]
  return { trees: roots.map((root) => treeOfPackage(requireLock(root.project.lockFile), root.name, depth)) }
}
