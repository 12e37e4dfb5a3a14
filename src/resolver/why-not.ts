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
  const required = problem.dependencies.filter(({ optional }) => !optional)
  const at = required.findIndex((dependency) => dependency.name === name)
  // What nobody asks for by name counts for less than all that somebody does.
  const before = required.slice(0, at < 0 ? undefined : at).map((dependency) => {
    const fixed = chosen.get(dependency.name)
    return fixed === undefined ? dependency : { ...dependency, requirement: fixed }
  })
  const wanted = { name, requirement: version, optional: false, features: [] }
  return { ...problem, dependencies: [...before, wanted, ...required.slice(before.length)], locked: new Map() }
}
