import semver from 'semver'
import type { Candidate } from '../../src/core/ports.ts'
import type { Solution } from '../../src/resolver/solution.ts'
import type { Dependency } from '../../src/schema/dependency.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { World } from './world.ts'

/** Finds what is wrong with a solution, without any code of the resolver. */
export function faultsOf({ problem, documents }: World, { packages }: Pick<Solution, 'packages'>): string[] {
  const faults: string[] = []
  const reached = new Set<PackageName>()
  const waiting: PackageName[] = []
  const follow = (who: string, dependencies: readonly Dependency[]) => {
    for (const { name, requirement } of dependencies) {
      const range = problem.overrides.get(name) ?? requirement
      const version = packages.get(name)?.version
      if (version === undefined) faults.push(`${who} needs ${name}, which is missing`)
      else if (!semver.satisfies(version, range)) faults.push(`${who} needs ${name} ${range}, but gets ${version}`)
      waiting.push(name)
    }
  }
  follow(
    'the root',
    problem.dependencies.filter(({ optional }) => !optional),
  )
  for (const { name, optional } of problem.dependencies) if (optional && packages.has(name)) waiting.push(name)
  for (const [name, { version, dependencies }] of packages) {
    const candidate = documents.get(name)?.candidates.find((each) => each.version === version)
    if (candidate === undefined) {
      faults.push(`there is no ${name} ${version}`)
      continue
    }
    if (candidate.yanked && problem.locked.get(name) !== version) faults.push(`${name} ${version} was yanked`)
    const active = new Set(dependencies)
    const left = candidate.dependencies.filter((dependency) => !dependency.optional && !active.has(dependency))
    if (left.length > 0) faults.push(`${name} ${version} is without ${left.map((each) => each.name).join(', ')}`)
    const invented = dependencies.filter((dependency) => !candidate.dependencies.includes(dependency))
    if (invented.length > 0) faults.push(`${name} ${version} has dependencies it does not declare`)
    follow(`${name} ${version}`, dependencies)
  }

  waiting.length = 0
  for (const { name } of problem.dependencies) waiting.push(name)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    for (const dependency of packages.get(name)?.dependencies ?? []) waiting.push(dependency.name)
  }
  for (const name of packages.keys()) if (!reached.has(name)) faults.push(`nothing needs ${name}`)
  const names = [...packages.keys()]
  if (names.join() !== [...names].sort().join()) faults.push('the packages are not sorted')
  return faults
}

/**
 * Finds all valid choices for the required dependencies of `wanted`, given some fixed versions, by brute force. Only
 * for tiny worlds.
 */
export function* allChoices(
  world: World,
  wanted: readonly Dependency[],
  fixed: ReadonlyMap<PackageName, Candidate> = new Map(),
): Generator<ReadonlyMap<PackageName, Candidate>> {
  const { problem, documents } = world
  const [first, ...others] = wanted
  if (first === undefined) {
    yield fixed
    return
  }
  const { name, requirement } = first
  const range = problem.overrides.get(name) ?? requirement
  const chosen = fixed.get(name)
  if (chosen !== undefined) {
    if (semver.satisfies(chosen.version, range)) yield* allChoices(world, others, fixed)
    return
  }
  for (const candidate of documents.get(name)?.candidates ?? []) {
    if (candidate.yanked && problem.locked.get(name) !== candidate.version) continue
    if (!semver.satisfies(candidate.version, range)) continue
    const required = candidate.dependencies.filter(({ optional }) => !optional)
    yield* allChoices(world, [...others, ...required], new Map([...fixed, [name, candidate]]))
  }
}
