import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { ResolveProblem } from './problem.ts'

/** What one version of a package requires of another, in the effective range: the override's if there is one. */
export type RequiredDependency = Pick<Dependency, 'name' | 'requirement'>

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
  for (let index = 0; index < dependencies.length; index++) {
    const dependency = dependencies[index]
    if (dependency === undefined || dependency.optional) continue
    const override = overrides.size === 0 ? undefined : overrides.get(dependency.name)
    insert(required, override === undefined ? dependency : { name: dependency.name, requirement: override })
  }
  return required
}

/** Inserts a dependency by its name: the lists are short, and often in order. */
function insert(sorted: RequiredDependency[], dependency: RequiredDependency): void {
  let at = sorted.length
  for (let before = sorted[at - 1]; before !== undefined && before.name > dependency.name; before = sorted[at - 1]) {
    sorted[at] = before
    at--
  }
  sorted[at] = dependency
}

/** Returns the required dependencies of the root, in declared order. */
export function rootDependencies({ dependencies, overrides, pins }: ResolveProblem): RequiredDependency[] {
  return dependencies
    .filter(({ optional }) => !optional)
    .map((dependency) => ({
      name: dependency.name,
      requirement: pins?.get(dependency.name) ?? effectiveRange(dependency, overrides),
    }))
}
