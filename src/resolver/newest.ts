import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { KnownPackages } from './known-packages.ts'
import { effectiveRange } from './required-dependency.ts'
import type { Failure } from './failure.ts'
import type { Package } from './package.ts'
import type { ResolveProblem } from './problem.ts'
import { minimalReason } from './reason.ts'
import type { Search } from './search.ts'
import { tryToSolve } from './attempt.ts'
import type { Asking } from './request.ts'
import { VersionSet } from './version-set.ts'
import { insteadProblem } from './why-not.ts'

/** Why a direct dependency can't be newer, given those declared before it. */
export interface Refutation {
  readonly name: PackageName
  readonly failure: Failure
}

/** The most steps for proving that one direct dependency can't be newer. */
const STEPS_A_PROOF = 200_000

/**
 * Makes the direct dependencies of a solution as new as possible, in the order in which they are declared: tries a
 * newer version of each while those before it keep theirs, and keeps what it finds.
 * @returns the newest solution found, and whether no newer one exists
 */
export function* makeNewest(
  problem: ResolveProblem,
  known: KnownPackages,
  found: Search,
  budget: number,
): Asking<{ search: Search; isNewest: boolean; steps: number }> {
  let search = found
  let steps = 0
  for (const { name } of requiredOf(problem)) {
    for (;;) {
      const question = newerProblem(problem, versionsOf(search), known, name)
      if (question === undefined) break
      const attempt = yield* tryToSolve(question, known, { budget: budget - steps, isFree: true })
      steps += attempt.steps
      if (attempt.type === 'exhausted') return { search, isNewest: false, steps }
      if (attempt.type === 'failed') break
      search = attempt.search
    }
  }
  return { search, isNewest: true, steps }
}

/**
 * Proves for each direct dependency below the newest version in its range that it can't be newer. Skips what takes too
 * long.
 */
export function* refuteNewer(
  problem: ResolveProblem,
  known: KnownPackages,
  chosen: ReadonlyMap<PackageName, Version>,
): Asking<Refutation[]> {
  const refutations: Refutation[] = []
  for (const { name } of requiredOf(problem)) {
    const question = newerProblem(problem, chosen, known, name)
    if (question === undefined) continue
    const attempt = yield* tryToSolve(question, known, { budget: STEPS_A_PROOF })
    if (attempt.type !== 'failed') continue
    const failure = yield* minimalReason(question, attempt.known, attempt.failure)
    refutations.push({ name, failure })
  }
  return refutations
}

/** Asks whether a direct dependency could be newer; undefined if its range has nothing newer. */
function newerProblem(
  problem: ResolveProblem,
  chosen: ReadonlyMap<PackageName, Version>,
  known: KnownPackages,
  name: PackageName,
): ResolveProblem | undefined {
  const pkg = known.find(name)
  const version = chosen.get(name)
  const versionIndex = version === undefined ? undefined : pkg?.versionIndexOf(version)
  if (pkg === undefined || versionIndex === undefined) return undefined
  const newer = allowedByRoot(problem, pkg).intersect(
    VersionSet.span(pkg.anything.size, versionIndex + 1, pkg.anything.size),
  )
  if (newer.isEmpty) return undefined
  const range = newer
    .versionIndexes()
    .map((at) => pkg.candidate(at).version)
    .join(' || ')
  return insteadProblem(problem, chosen, name, range)
}

/** Returns the versions of a package that all dependencies of the root allow. */
function allowedByRoot(problem: ResolveProblem, pkg: Package): VersionSet {
  return requiredOf(problem)
    .filter(({ name }) => name === pkg.name)
    .map((dependency) => pkg.matching(effectiveRange(dependency, problem.overrides)))
    .reduce((one, other) => one.intersect(other), pkg.anyVersion)
}

function requiredOf({ dependencies }: ResolveProblem) {
  return dependencies.filter(({ optional }) => !optional)
}

function versionsOf(search: Search): Map<PackageName, Version> {
  return new Map([...search.chosen()].map(([name, { version }]) => [name, version]))
}
