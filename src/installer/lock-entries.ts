import type { Tree } from '../schema/digest.ts'
import { isRelease, type Lock, type LockedRelease } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'

/** Returns the entries of a map keyed by package name. */
export function entriesOf<T>(map: Partial<Record<PackageName, T>>): [PackageName, T][] {
  return Object.entries(map) as [PackageName, T][]
}

/** Returns the packages of a lock that come from registries. */
export function releasesOf(lock: Lock): [PackageName, LockedRelease][] {
  return entriesOf(lock.packages).flatMap(([name, locked]) => (isRelease(locked) ? [[name, locked]] : []))
}

/** Returns the trees that a lock needs from the store. */
export function treesOf(lock: Lock): Tree[] {
  return releasesOf(lock).map(([, { tree }]) => tree)
}

/** Looks up a package by name; safe for names such as `constructor`. */
export function lockedPackage(lock: Lock, name: PackageName) {
  return Object.hasOwn(lock.packages, name) ? lock.packages[name] : undefined
}
