import semver from 'semver'
import type { Lock, LockedPackage, LockedRoot } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { entriesOf, lockedPackage } from '../lock-entries.ts'

/** Returns the lock with only the packages that some of its roots need, directly or not. */
export function partOf(lock: Lock, roots: readonly string[]): Lock {
  if (Object.keys(lock.roots).every((root) => roots.includes(root))) return lock
  const needed = neededBy(lock, roots)
  const among = ([name]: readonly [PackageName, unknown]) => needed.has(name)
  return { ...lock, packages: Object.fromEntries(entriesOf(lock.packages).filter(among)) }
}

/**
 * Returns a workspace's lock as its root or a member sees it: as the only root, with what it needs. The overrides of the
 * workspace apply. Paths stay relative to the workspace.
 * @param key its path, or `.`
 * @returns undefined if the lock does not have it
 */
export function memberLock(lock: Lock, key: string): Lock | undefined {
  const root = Object.hasOwn(lock.roots, key) ? lock.roots[key] : undefined
  if (!root) return undefined
  const { packages } = partOf(lock, [key])
  const omitted = Object.entries(lock.omitted).filter(([name]) => isAskedFor(name as PackageName, root, packages))
  const roots = { '.': { ...root, overrides: lock.roots['.'].overrides } }
  return { schemaVersion: 1, roots, omitted: Object.fromEntries(omitted), packages }
}

function isAskedFor(name: PackageName, root: LockedRoot, packages: Lock['packages']): boolean {
  const lists = [root.dependencies, root.devDependencies, ...Object.values(packages).map((each) => each.dependencies)]
  return lists.some((dependencies) => Object.hasOwn(dependencies, name))
}

function neededBy(lock: Lock, roots: readonly string[]): Set<PackageName> {
  const needed = new Set<PackageName>()
  const add = (dependencies: LockedPackage['dependencies']) => {
    for (const [name, written] of entriesOf(dependencies)) if (isUsed(lock, name, written)) needed.add(name)
  }
  for (const key of roots) {
    const root = Object.hasOwn(lock.roots, key) ? lock.roots[key] : undefined
    if (root) for (const section of [root.dependencies, root.devDependencies]) add(section)
  }
  // A set also visits what is added on the way.
  for (const name of needed) add(lockedPackage(lock, name)?.dependencies ?? {})
  return needed
}

/** Whether a dependency is met by the lock: an optional one may want another version than the one that is there. */
export function isUsed(lock: Lock, name: PackageName, written: LockedPackage['dependencies'][PackageName]): boolean {
  const locked = lockedPackage(lock, name)
  if (!locked) return false
  if (typeof written === 'string' || written.optional !== true) return true
  const { overrides } = lock.roots['.']
  const range = Object.hasOwn(overrides, name) ? overrides[name] : undefined
  return 'path' in locked || semver.satisfies(locked.version, range ?? written.version)
}
