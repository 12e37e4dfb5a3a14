import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { ResolveProblem } from './problem.ts'
import type { VersionSet } from './version-set.ts'

/** What one version of a package requires of another. */
export interface RequiredDependency {
  readonly on: PackageName
  /** the effective range: the override's if there is one */
  readonly range: string
}

/** The versions of one package that require the same of another. */
export interface SharedDependency {
  readonly range: string
  readonly versions: VersionSet
}

/** Returns the effective range of a dependency. */
export function effectiveRange(dependency: Dependency, overrides: ResolveProblem['overrides']): string {
  return overrides.get(dependency.name) ?? dependency.requirement
}

/**
 * Returns the required dependencies of a version, sorted by name so that the order of keys doesn't matter. Optional
 * dependencies are added later, when all required versions are chosen.
 */
export function requiredDependencies({ dependencies }: Candidate, { overrides }: ResolveProblem): RequiredDependency[] {
  return required(dependencies)
    .map((dependency) => ({ on: dependency.name, range: effectiveRange(dependency, overrides) }))
    .sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
}

/** Returns the required dependencies of the root, in declared order. */
export function rootDependencies({ dependencies, overrides, pins }: ResolveProblem): RequiredDependency[] {
  return required(dependencies).map((dependency) => ({
    on: dependency.name,
    range: pins?.get(dependency.name) ?? effectiveRange(dependency, overrides),
  }))
}

function required(dependencies: readonly Dependency[]): Dependency[] {
  return dependencies.filter(({ optional }) => !optional)
}
