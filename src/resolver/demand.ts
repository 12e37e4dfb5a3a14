import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Problem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

/** What one version of a package requires of another. */
export interface Demand {
  readonly on: PackageName
  /** the range that counts: the override's, where there is one */
  readonly range: string
}

/** The versions of one package that require the same of another. */
export interface SharedDemand {
  readonly range: string
  readonly versions: VersionSet
}

/** The range that counts for a dependency. */
export function effectiveRange(dependency: Dependency, overrides: Problem['overrides']): string {
  return overrides.get(dependency.name) ?? dependency.requirement
}

/**
 * The demands of a version. Optional dependencies are none: they are looked at when all versions that are required
 * stand. The root's keep their order, those of others are sorted by name: the order of keys must not matter.
 */
export function demandsOf(candidate: Candidate, isRoot: boolean, overrides: Problem['overrides']): Demand[] {
  const demands: Demand[] = []
  for (const dependency of candidate.dependencies) {
    if (!dependency.optional) demands.push({ on: dependency.name, range: effectiveRange(dependency, overrides) })
  }
  return isRoot ? demands : demands.sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
}
