import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { ResolveProblem } from './problem.ts'

/**
 * Asks why a version is not in a solution, as a problem: that version is required, together with the versions that more
 * important direct dependencies have. If this has no solution, the reason is what holds the version back.
 * @param chosen the solution's versions
 */
export function whyNotProblem(
  problem: ResolveProblem,
  chosen: ReadonlyMap<PackageName, Version>,
  { name, version }: { name: PackageName; version: Version },
): ResolveProblem {
  return insteadProblem(problem, chosen, name, version)
}

/**
 * Asks whether a package could be in another range, given the versions that more important direct dependencies have.
 */
export function insteadProblem(
  problem: ResolveProblem,
  chosen: ReadonlyMap<PackageName, Version>,
  name: PackageName,
  range: string,
): ResolveProblem {
  const required = problem.dependencies.filter(({ optional }) => !optional)
  const at = required.findIndex((dependency) => dependency.name === name)
  // An indirect dependency is less important than all direct ones.
  const before = required.slice(0, at < 0 ? undefined : at)
  const pins = new Map<PackageName, string>([[name, range]])
  for (const dependency of before) {
    const fixed = chosen.get(dependency.name)
    if (fixed !== undefined) pins.set(dependency.name, fixed)
  }
  const wanted = { name, requirement: range, optional: false, features: [] }
  return { ...problem, dependencies: at < 0 ? [...required, wanted] : required, locked: new Map(), pins }
}
