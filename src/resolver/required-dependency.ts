import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { ResolveProblem } from './problem.ts'

/** What one version of a package requires of another. */
export interface RequiredDependency {
  readonly on: PackageName
  /** the effective range: the override's if there is one */
  readonly range: string
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
  const required: RequiredDependency[] = []
  let isSorted = true
  let before = ''
  for (const dependency of dependencies) {
    if (dependency.optional) continue
    const { name } = dependency
    required.push({ on: name, range: effectiveRange(dependency, overrides) })
    if (name < before) isSorted = false
    before = name
  }
  return isSorted ? required : required.sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
}

/** Returns the required dependencies of the root, in declared order. */
export function rootDependencies({ dependencies, overrides, pins }: ResolveProblem): RequiredDependency[] {
  return dependencies
    .filter(({ optional }) => !optional)
    .map((dependency) => ({
      on: dependency.name,
      range: pins?.get(dependency.name) ?? effectiveRange(dependency, overrides),
    }))
}
