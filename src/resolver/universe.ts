import type { Candidate, PackageDocument } from '../core/ports.ts'
import { CpmError } from '../core/errors.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { Universe, UniverseAnswer } from './api.ts'
import { explain } from './explain.ts'
import type { ResolveProblem } from './problem.ts'
import { versionsByName } from './solution.ts'
import { createSolver, type Outcome, type SolverOptions } from './solver.ts'

/** Resolves a universe in one call. @throws CpmError RESOLVE_BUDGET */
export function resolveUniverse(question: Universe): UniverseAnswer {
  const outcome = runUniverse(question, {})
  if (outcome.type === 'solved') {
    return { solution: versionsByName(outcome.solution.packages) }
  }
  return {
    unsolvable: true,
    explanation: explain(outcome.failure),
    get fixes() {
      return singleChanges(question)
    },
  }
}

function singleChanges(question: Universe): string[] {
  const outcome = runUniverse(question, { withFixes: true })
  const fixes = outcome.type === 'unsolvable' ? outcome.fixes : []
  return fixes.flatMap(({ changes: [change, another] }) =>
    change !== undefined && another === undefined && (change.type === 'loosen' || change.type === 'drop')
      ? [change.name]
      : [],
  )
}

/** Runs the solver on a universe. @throws CpmError RESOLVE_BUDGET */
export function runUniverse(question: Universe, options: SolverOptions): Exclude<Outcome, { type: 'exhausted' }> {
  const solver = createSolver(problemOf(question), options)
  let step = solver.step()
  while (step.type === 'need' || step.type === 'pause') {
    const names = step.type === 'need' ? step.names : []
    step = solver.step(new Map(names.map((name) => [name, documentOf(question, name)])))
  }
  if (step.type === 'exhausted') throw new CpmError('RESOLVE_BUDGET', `no answer was found in ${step.steps} steps`)
  return step
}

/** Reads the problem of a universe. Names and versions are not validated, because fixtures are trusted. */
export function problemOf({ root, locked = {}, overrides = {} }: Universe): ResolveProblem {
  return {
    dependencies: dependenciesOf(root),
    locked: new Map(Object.entries(locked)) as Map<PackageName, Version>,
    overrides: new Map(Object.entries(overrides)) as Map<PackageName, string>,
  }
}

/** Returns the document of a package in a universe, or null if it has none. */
export function documentOf({ universe, yanked = {} }: Universe, name: PackageName): PackageDocument | null {
  if (!Object.hasOwn(universe, name)) return null
  const versions = universe[name] ?? {}
  const withdrawn = Object.hasOwn(yanked, name) ? (yanked[name] ?? []) : []
  const candidates: Candidate[] = []
  const names = Object.keys(versions)
  for (let index = 0; index < names.length; index++) {
    const version = names[index] as Version
    candidates.push(new UniverseCandidate(versions, version, withdrawn.length > 0 && withdrawn.includes(version)))
  }
  return { name, candidates }
}

/** A version of a universe, whose dependencies are read on first use. */
class UniverseCandidate implements Candidate {
  readonly version: Version
  readonly yanked: boolean
  private readonly versions: Universe['universe'][string]
  private read: readonly Dependency[] | undefined

  constructor(versions: Universe['universe'][string], version: Version, yanked: boolean) {
    this.versions = versions
    this.version = version
    this.yanked = yanked
  }

  get features(): Candidate['features'] {
    return NONE
  }

  get conditions(): Candidate['conditions'] {
    return NONE
  }

  get dependencies(): readonly Dependency[] {
    return (this.read ??= dependenciesOf(this.versions[this.version] ?? {}))
  }
}

const NONE = {}
const NO_FEATURES: readonly string[] = []

function dependenciesOf(written: Readonly<Record<string, string>>): Dependency[] {
  return Object.keys(written).map((name) => ({
    name: name as PackageName,
    requirement: written[name] ?? '*',
    optional: false,
    features: NO_FEATURES,
  }))
}
