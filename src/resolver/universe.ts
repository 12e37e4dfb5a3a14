import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { explain } from './explain.ts'
import type { Problem } from './problem.ts'
import { createSolver } from './solver.ts'

/** A whole world of packages with a question about it, in the plain form of `fixtures/resolver`. */
export interface Universe {
  readonly universe: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  readonly root: Readonly<Record<string, string>>
  readonly yanked?: Readonly<Record<string, readonly string[]>>
  readonly locked?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, string>>
}

export type UniverseAnswer =
  { readonly solution: Record<string, string> } | { readonly unsolvable: true; readonly explanation: string }

/** Resolves a universe, in one go. */
export function resolveUniverse(question: Universe): UniverseAnswer {
  const solver = createSolver(problemOf(question))
  let step = solver.step()
  while (step.type === 'need') step = solver.step(new Map(step.names.map((name) => [name, documentOf(question, name)])))
  if (step.type === 'exhausted') throw new Error(`no answer within ${step.steps} steps`)
  if (step.type === 'unsolvable') return { unsolvable: true, explanation: explain(step.failure) }
  return { solution: Object.fromEntries([...step.solution.packages].map(([name, { version }]) => [name, version])) }
}

/** The problem a universe poses. Names and versions are taken as they are: fixtures are trusted. */
export function problemOf({ root, locked = {}, overrides = {} }: Universe): Problem {
  return {
    dependencies: dependenciesOf(root),
    locked: new Map(Object.entries(locked)) as Map<PackageName, Version>,
    overrides: new Map(Object.entries(overrides)) as Map<PackageName, string>,
  }
}

/** The document of one package of a universe; null where it has none. */
export function documentOf({ universe, yanked = {} }: Universe, name: PackageName): PackageDocument | null {
  if (!Object.hasOwn(universe, name)) return null
  const candidates = Object.entries(universe[name] ?? {}).map(([version, dependencies]): Candidate => ({
    version: version as Version,
    dependencies: dependenciesOf(dependencies),
    features: {},
    conditions: {},
    yanked: Object.hasOwn(yanked, name) && yanked[name]?.includes(version) === true,
  }))
  return { name, candidates }
}

function dependenciesOf(written: Readonly<Record<string, string>>): Dependency[] {
  return Object.entries(written).map(([name, requirement]) => ({
    name: name as PackageName,
    requirement,
    optional: false,
    features: [],
  }))
}
