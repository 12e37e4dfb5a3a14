/**
 * cpm's resolver for other programs, who import it as `colony-cpm/resolver`. It reads no file, network, clock or environment. Versions
 * and ranges follow npm's `semver`. One version is chosen for each name. docs/resolver.md tells what is promised of an answer.
 */
import type { PackageDocument } from '../core/ports.ts'
import type { Conditions } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { Target } from '../schema/target.ts'
import type { Version } from '../schema/version.ts'
import { explain } from './explain.ts'
import { describeFix } from './fix.ts'
import { resolve as resolveProblem } from './resolve.ts'
import { resolveUniverse as resolveWhole } from './universe.ts'

/** What somebody asks of a package. */
export interface Dependency {
  readonly name: string
  /** a version range, as `^1.2.0`; a text that is none matches nothing */
  readonly range: string
  /** taken where it fits beside all that is required, and left out else (default: false) */
  readonly optional?: boolean
  /** features of that package which are asked for */
  readonly features?: readonly string[]
}

/** One version of a package. */
export interface Release {
  readonly version: string
  readonly dependencies: readonly Dependency[]
  /** feature to the names of optional dependencies that it asks for; a name in none of them is wanted always */
  readonly features?: Readonly<Record<string, readonly string[]>>
  /** chosen only where the lock has it already */
  readonly yanked?: boolean
  readonly yankReason?: string
  /** RFC 3339 */
  readonly publishedAt?: string
  /** where it can be used: ranges of versions, names of architectures */
  readonly conditions?: {
    readonly cpm?: string
    readonly colonyos?: string
    readonly architecture?: readonly string[]
  }
  /** why this one may not be chosen, where the source itself says so */
  readonly refusal?: string
}

/** Where packages come from. Names are asked for in batches, each once. */
export interface Source {
  /**
   * Answers for each of the names: its releases in any order, or null where there is no such package. What it throws ends resolving: that
   * a source can't be reached says nothing of what there is.
   */
  read(names: readonly string[]): Promise<ReadonlyMap<string, readonly Release[] | null>>
}

export interface Question {
  /** in the order of preference: the first gets the newest version of any solution, and so on */
  readonly dependencies: readonly Dependency[]
  /** versions to be kept where that is possible */
  readonly locked?: Readonly<Record<string, string>>
  /** ranges that count instead of all others on a name */
  readonly overrides?: Readonly<Record<string, string>>
  /** RFC 3339: releases after it, or of no known date, are not chosen */
  readonly excludeNewer?: string
  /** where packages are to run: releases whose conditions it does not meet are not chosen; what it does not tell rules nobody out */
  readonly target?: { readonly cpm?: string; readonly colonyos?: string; readonly architecture?: string }
  /** prefer the newest versions, or the oldest: of all packages, or of direct dependencies alone (default: highest) */
  readonly resolution?: 'highest' | 'lowest' | 'lowest-direct'
  /** rounds of the main loop (default: 2,000,000); the same limit on every machine */
  readonly budget?: number
}

export type Answer =
  | {
      readonly type: 'solved'
      /** name to version, sorted by name */
      readonly packages: Readonly<Record<string, string>>
      /** optional dependencies that were wanted and left out, with the reason */
      readonly omitted: Readonly<Record<string, string>>
      /** false where the budget ran out before the direct dependencies were known to be the newest that are possible */
      readonly isNewest: boolean
      readonly steps: number
    }
  | {
      readonly type: 'unsolvable'
      /** a minimal reason, in sentences, at most 40 lines */
      readonly explanation: string
      /** changes of the question that help, each as a sentence; each was tried */
      readonly fixes: readonly string[]
    }
  /** the budget ran out: there may be a solution or not */
  | { readonly type: 'exhausted'; readonly steps: number }

export interface Options {
  readonly signal?: AbortSignal
  /** look for changes that help where there is no solution; may take as long as several solutions (default: true) */
  readonly withFixes?: boolean
}

/** Chooses versions. @throws what the source throws, and the reason of the signal */
export async function resolve(
  { dependencies, locked = {}, overrides = {}, excludeNewer, target, resolution, budget }: Question,
  source: Source,
  { signal, withFixes = true }: Options = {},
): Promise<Answer> {
  const problem = {
    dependencies: dependencies.map(inside),
    locked: new Map(Object.entries(locked)) as Map<PackageName, Version>,
    overrides: new Map(Object.entries(overrides)) as Map<PackageName, string>,
    excludeNewer,
    target: target as Target | undefined,
    resolution,
    budget,
  }
  const read = async (names: readonly PackageName[]) => {
    const found = await source.read(names)
    return new Map(names.map((name) => [name, documentOf(name, found.get(name) ?? null)]))
  }
  const outcome = await resolveProblem(problem, { read }, { signal, withFixes })
  if (outcome.type === 'exhausted') return outcome
  if (outcome.type === 'unsolvable') {
    const { failure, fixes } = outcome
    return { type: 'unsolvable', explanation: explain(failure), fixes: fixes.map(describeFix) }
  }
  const { packages, omitted, isNewest, steps } = outcome.solution
  const versions = [...packages].map(([name, { version }]) => [name, version] as const)
  const left = Object.fromEntries(omitted)
  return { type: 'solved', packages: Object.fromEntries(versions), omitted: left, isNewest, steps }
}

/** A whole world of packages with a question about it. */
export interface Universe {
  /** package, version, and what that one depends on: name to range */
  readonly universe: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  /** the direct dependencies, in the order of preference */
  readonly root: Readonly<Record<string, string>>
  /** versions that are chosen only where they are locked */
  readonly yanked?: Readonly<Record<string, readonly string[]>>
  readonly locked?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, string>>
}

export type UniverseAnswer =
  | { readonly solution: Record<string, string> }
  | {
      readonly unsolvable: true
      readonly explanation: string
      /** direct dependencies, each of which it helps to change alone; looked for when this is read */
      readonly fixes: readonly string[]
    }

/** Resolves a universe in one go. @throws Error where the budget of steps runs out */
export function resolveUniverse(question: Universe): UniverseAnswer {
  return resolveWhole(question)
}

function documentOf(name: PackageName, releases: readonly Release[] | null): PackageDocument | null {
  if (releases === null) return null
  const candidates = releases.map(
    ({ version, dependencies, features = {}, conditions = {}, yanked = false, ...said }) => ({
      version: version as Version,
      dependencies: dependencies.map(inside),
      features: features as Readonly<Record<string, readonly PackageName[]>>,
      conditions: conditions as Conditions,
      yanked,
      yankReason: said.yankReason,
      publishedAt: said.publishedAt,
      refusal: said.refusal,
    }),
  )
  return { name, candidates }
}

function inside({ name, range, optional = false, features = [] }: Dependency) {
  return { name: name as PackageName, requirement: range, optional, features }
}
