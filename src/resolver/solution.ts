import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { KnownPackages } from './known-packages.ts'
import { effectiveRange } from './required-dependency.ts'
import type { ResolveProblem } from './problem.ts'

export interface ChosenPackage {
  readonly version: Version
  /** the active dependencies: all required ones, and the optional ones that were added */
  readonly dependencies: readonly Dependency[]
}

/** A valid choice of versions. */
export interface Solution {
  /** everything the root needs, directly or not, sorted by name */
  readonly packages: ReadonlyMap<PackageName, ChosenPackage>
  /** optional dependencies that were left out, each with a short reason, sorted by name */
  readonly omitted: ReadonlyMap<PackageName, string>
  /** direct dependencies below the newest version in their range, with that version, in declared order */
  readonly heldBack: ReadonlyMap<PackageName, Version>
  /**
   * whether the direct dependencies are known to be the newest possible with this lock; false if the budget ran out
   * first
   */
  readonly isNewest: boolean
  readonly steps: number
}

/** The owner of a dependency; null is the root. */
export type Dependent = PackageName | null

/** The active dependencies of a dependent. */
export type Active = (dependent: Dependent, declared: readonly Dependency[]) => readonly Dependency[]

/** Collects what the root reaches through active dependencies. */
export function reachedPackages(
  root: readonly Dependency[],
  chosen: ReadonlyMap<PackageName, Candidate>,
  active: Active,
): Map<PackageName, ChosenPackage> {
  const reached = new Map<PackageName, ChosenPackage>()
  const waiting = active(null, root).map(({ name }) => name)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const candidate = reached.has(name) ? undefined : chosen.get(name)
    if (candidate === undefined) continue
    const dependencies = active(name, candidate.dependencies)
    reached.set(name, { version: candidate.version, dependencies })
    for (let index = 0; index < dependencies.length; index++) {
      const dependency = dependencies[index]
      if (dependency !== undefined && !reached.has(dependency.name)) waiting.push(dependency.name)
    }
  }
  return sortedByName(reached)
}

/** Returns the direct dependencies below the newest version in their range; none if the oldest are preferred. */
export function heldBack(
  { dependencies, overrides, resolution = 'highest' }: ResolveProblem,
  chosen: ReadonlyMap<PackageName, Candidate>,
  known: KnownPackages,
): Map<PackageName, Version> {
  const found = new Map<PackageName, Version>()
  if (resolution !== 'highest') return found
  for (const dependency of dependencies) {
    const pkg = known.find(dependency.name)
    const candidate = chosen.get(dependency.name)
    if (!pkg || !candidate) continue
    const newest = pkg.matching(effectiveRange(dependency, overrides)).highest
    if (newest > pkg.candidates.indexOf(candidate) + 1) found.set(pkg.name, pkg.candidate(newest).version)
  }
  return found
}

/**
 * Makes an object of the chosen versions. It starts as a dictionary, because an ordinary object gets a new hidden class
 * with each name, which is slow for thousands of them.
 */
export function versionsByName(packages: ReadonlyMap<PackageName, ChosenPackage>): Record<string, string> {
  const versions = Object.create(null) as Record<string, string>
  for (const [name, { version }] of packages) versions[name] = version
  return Object.setPrototypeOf(versions, Object.prototype) as Record<string, string>
}

/** Sorts by UTF-16 code units, which is the same on every machine and in every language. */
export function sortedByName<T>(map: ReadonlyMap<PackageName, T>): Map<PackageName, T> {
  const sorted = new Map<PackageName, T>()
  // Without a comparison of its own, `sort` goes by code units, and is several times faster.
  for (const name of [...map.keys()].sort()) sorted.set(name, map.get(name) as T)
  return sorted
}
