import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { dependencyTree, type TreeRow } from '../../installer/dependency-tree.ts'
import { requireScopeLock } from './scope-lock.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { keyOf } from '../../installer/places.ts'
import { readProjectManifest } from '../../installer/project-manifest.ts'
import type { Lock } from '../../schema/lock.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import type { Session } from '../session.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

export interface TreeOptions extends FilterFlags {
  /** show what this package needs, instead of the whole project */
  name?: PackageName | undefined
  /** levels to show; 1 for direct dependencies only */
  depth?: number | undefined
}

/** A project, a member of a workspace, or a package, and what it depends on. */
export interface Tree {
  /** `.`, the path of the member, or the name of the package */
  readonly root: string
  readonly name: string | null
  readonly version: Version | null
  readonly rows: readonly TreeRow[]
}

/**
 * Lists the dependencies in colony.lock as a tree; in the root of a workspace, one for each member.
 * @throws CpmError LOCK_OUTDATED if there is no lock, PACKAGE_NOT_FOUND
 */
export function tree(session: Session, { name, depth = Infinity, ...flags }: TreeOptions = {}): { trees: Tree[] } {
  const scope = requireScope(session, flags)
  const lock = requireScopeLock(scope)
  const places = selectedIn(scope)
  if (name !== undefined) return { trees: [treeOfPackage(partOf(lock, places.map(keyOf)), name, depth)] }
  return {
    trees: places.map((place) => {
      const { manifest } = readProjectManifest(place)
      return {
        root: keyOf(place),
        name: manifest.name ?? null,
        version: manifest.version ?? null,
        rows: dependencyTree(lock, keyOf(place), depth - 1),
      }
    }),
  }
}

/** Lists the dependencies of a package in a lock. @throws CpmError PACKAGE_NOT_FOUND */
export function treeOfPackage(lock: Lock, name: PackageName, depth = Infinity): Tree {
  const locked = lockedPackage(lock, name)
  if (!locked) {
    const fact = `${name} is not in colony.lock${didYouMean(name, Object.keys(lock.packages))}`
    throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
  }
  return { root: name, name, version: locked.version, rows: dependencyTree(lock, { package: name }, depth - 1) }
}
