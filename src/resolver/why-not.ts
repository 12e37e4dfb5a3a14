import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { Problem } from './problem.ts'

/**
 * The question why a version is not part of a solution, as a problem: that version is required, beside the versions that the direct
 * dependencies which count for more have. Where this has no solution, the reason is what holds the version back.
 * @param chosen the solution’s versions
 */
export function whyNotProblem(
  problem: Problem,
  chosen: ReadonlyMap<PackageName, Version>,
  { name, version }: { name: PackageName; version: Version },
): Problem {
  return insteadProblem(problem, chosen, name, version)
}

/**
 * The question whether a package could be in another range than it is, beside the versions that the direct dependencies which count for
 * more have.
 */
export function insteadProblem(
  problem: Problem,
  chosen: ReadonlyMap<PackageName, Version>,
  name: PackageName,
  range: string,
): Problem {
  const required = problem.dependencies.filter(({ optional }) => !optional)
  const at = required.findIndex((dependency) => dependency.name === name)
  // What nobody asks for by name counts for less than all that somebody does.
  const before = required.slice(0, at < 0 ? undefined : at)
  const pins = new Map<PackageName, string>([[name, range]])
  for (const dependency of before) {
    const fixed = chosen.get(dependency.name)
    if (fixed !== undefined) pins.set(dependency.name, fixed)
  }
  const wanted = { name, requirement: range, optional: false, features: [] }
  return { ...problem, dependencies: at < 0 ? [...required, wanted] : required, locked: new Map(), pins }
}
