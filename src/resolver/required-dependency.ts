import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Problem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

/** What one version of a package requires of another. */
export interface RequiredDependency {
  readonly on: PackageName
  /** the range that counts: the override's, where there is one */
  readonly range: string
}

/** The versions of one package that require the same of another. */
export interface SharedDependency {
  readonly range: string
  readonly versions: VersionSet
}

/** The range that counts for a dependency. */
export function effectiveRange(dependency: Dependency, overrides: Problem['overrides']): string {
  return overrides.get(dependency.name) ?? dependency.requirement
}

/**
 * The requires of a version. Optional dependencies are none: they are looked at when all versions that are required
 * stand. They are sorted by name: the order of keys must not matter.
 */
export function requiredDependencies({ dependencies }: Candidate, { overrides }: Problem): RequiredDependency[] {
  return required(dependencies)
    .map((dependency) => ({ on: dependency.name, range: effectiveRange(dependency, overrides) }))
    .sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
}

/** The requires of the root, in the order in which it declares them. */
export function rootDependencies({ dependencies, overrides, pins }: Problem): RequiredDependency[] {
  return required(dependencies).map((dependency) => ({
    on: dependency.name,
    range: pins?.get(dependency.name) ?? effectiveRange(dependency, overrides),
  }))
}

function required(dependencies: readonly Dependency[]): Dependency[] {
  return dependencies.filter(({ optional }) => !optional)
}
