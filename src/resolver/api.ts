/**
 * cpm's resolver for other programs, which import it as `colony-cpm/resolver`. It reads no files, network, clock or
 * environment. Versions and ranges follow npm's `semver`. It chooses one version for each name. docs/resolver.md
 * describes what an answer guarantees.
 */
import type { PackageDocument } from '../core/ports.ts'
import type { Conditions } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { Target } from '../schema/target.ts'
import type { Version } from '../schema/version.ts'
import { explain } from './explain.ts'
import { describeFix } from './fix.ts'
import { resolve as resolveProblem } from './resolve.ts'
import { versionsByName } from './solution.ts'
import { resolveUniverse as resolveWhole } from './universe.ts'

/** A dependency on a package. */
export interface Dependency {
  readonly name: string
  /** a version range, such as `^1.2.0`; a string that is not a range matches nothing */
  readonly range: string
  /** added if it fits with everything that is required, and left out otherwise (default: false) */
  readonly optional?: boolean
  /** features of that package to turn on */
  readonly features?: readonly string[]
}

/** One version of a package. */
export interface Release {
  readonly version: string
  readonly dependencies: readonly Dependency[]
  /** feature to the names of optional dependencies that it turns on; a name in none of them is always wanted */
  readonly features?: Readonly<Record<string, readonly string[]>>
  /** chosen only if the lock already has it */
  readonly yanked?: boolean
  readonly yankReason?: string
  /** RFC 3339 */
  readonly publishedAt?: string
  /** where it can be used: version ranges, names of architectures */
  readonly conditions?: {
    readonly cpm?: string
    readonly colonyos?: string
    readonly architecture?: readonly string[]
  }
  /** why this release can't be chosen, if the source itself refuses it */
  readonly refusal?: string
}

/** Where packages come from. Names are requested in batches, each name once. */
export interface Source {
  /**
   * Returns the releases of each name in any order, or null if there is no such package. An exception ends the
   * resolution: an unreachable source says nothing about which packages exist.
   */
  read(names: readonly string[]): Promise<ReadonlyMap<string, readonly Release[] | null>>
}

export interface Question {
  /** in order of preference: the first gets the newest version of any solution, and so on */
  readonly dependencies: readonly Dependency[]
  /** versions to keep where possible */
  readonly locked?: Readonly<Record<string, string>>
  /** ranges that replace every other range on a name */
  readonly overrides?: Readonly<Record<string, string>>
  /** RFC 3339: releases published later, or at an unknown time, are not chosen */
  readonly excludeNewer?: string
  /**
   * where packages will run: releases whose conditions it doesn't meet are not chosen; fields left out exclude nothing
   */
  readonly target?: { readonly cpm?: string; readonly colonyos?: string; readonly architecture?: string }
  /** prefer the newest versions, or the oldest: of all packages, or of direct dependencies only (default: highest) */
  readonly resolution?: 'highest' | 'lowest' | 'lowest-direct'
  /** rounds of the main loop (default: 2,000,000); the same limit on every machine */
  readonly budget?: number
}

export type Answer =
  | {
      readonly type: 'solved'
      /** name to version, sorted by name */
      readonly packages: Readonly<Record<string, string>>
      /** optional dependencies that were left out, with the reason */
      readonly omitted: Readonly<Record<string, string>>
      /** false if the budget ran out before the direct dependencies were known to be the newest possible */
      readonly isNewest: boolean
      readonly steps: number
    }
  | {
      readonly type: 'unsolvable'
      /** a minimal reason in sentences, at most 40 lines */
      readonly explanation: string
      /** changes to the question that help, one sentence each; all of them were tried */
      readonly fixes: readonly string[]
    }
  /** the budget ran out before an answer was found */
  | { readonly type: 'exhausted'; readonly steps: number }

export interface Options {
  readonly signal?: AbortSignal
  /** look for changes that help if there is no solution; may take as long as several solutions (default: true) */
  readonly withFixes?: boolean
}

/** Chooses versions. @throws what the source throws, or the reason of the signal */
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
  return {
    type: 'solved',
    packages: versionsByName(packages),
    omitted: Object.fromEntries(omitted),
    isNewest,
    steps,
  }
}

/** A complete set of packages with a question about it. */
export interface Universe {
  /** package, version, and the dependencies of that version: name to range */
  readonly universe: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  /** the direct dependencies, in order of preference */
  readonly root: Readonly<Record<string, string>>
  /** versions that are chosen only if they are locked */
  readonly yanked?: Readonly<Record<string, readonly string[]>>
  readonly locked?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, string>>
}

export type UniverseAnswer =
  | { readonly solution: Record<string, string> }
  | {
      readonly unsolvable: true
      readonly explanation: string
      /** direct dependencies that each make the question solvable if changed alone; computed on first read */
      readonly fixes: readonly string[]
    }

/** Resolves a universe in one call. @throws Error if the step budget runs out */
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
