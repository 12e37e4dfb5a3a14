import type { Dependency } from '../schema/dependency.ts'
import type { CpmEvent, Emit } from '../schema/events.ts'
import type { Lock, LockedPackage } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Target } from '../schema/target.ts'
import type { Version } from '../schema/version.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { CpmError } from '../core/errors.ts'
import type { PackageDocument, PackageSource } from '../core/ports.ts'
import { explain } from '../resolver/explain.ts'
import { describeFix, type Fix } from '../resolver/fix.ts'
import { resolve } from '../resolver/resolve.ts'
import type { ResolveProblem, Resolution } from '../resolver/problem.ts'
import type { Solution } from '../resolver/solution.ts'
import type { Outcome } from '../resolver/solver.ts'
import { whyNotProblem } from '../resolver/why-not.ts'
import { asRange, findFolderPackages, type FolderPackage, lockedFolder, withFolders } from './folder-packages.ts'
import { lockedRoots, overridesOf, type Roots, wantedByRoot } from './roots.ts'
import { describeMemberFix, explainMembers, withoutNeedless } from './workspace/explain-members.ts'
import type { ProvenRelease } from './prove/prove-releases.ts'

/** Settings for choosing versions, besides the manifest, the lock and the registries. */
export interface Selection {
  readonly resolution?: Resolution | undefined
  /** RFC 3339 */
  readonly excludeNewer?: string | undefined
  /** the platform that the packages must run on */
  readonly target?: Target | undefined
}

export interface ResolveOptions {
  /** the folder of the project or workspace */
  root: string
  locked: ReadonlyMap<PackageName, Version>
  source: PackageSource
  cpmVersion: string
  selection?: Selection | undefined
  emit: Emit
  signal?: AbortSignal | undefined
  /** the most steps that the solver may take, if its own limit is too high */
  budget?: number | undefined
  /** if there is no solution, look for changes that lead to one (default: yes) */
  withFixes?: boolean
  /** prove that held-back direct dependencies can't be newer (default: no) */
  withProof?: boolean
}

/** The solution is valid, but a newer one may exist. */
export const NOT_NEWEST = {
  type: 'warning',
  code: 'NOT_NEWEST',
  message: 'the resolver reached its step limit: the versions fit, but newer ones may exist',
  hint: 'narrow the ranges of your direct dependencies',
} as const

/** A problem for the resolver, and its outcome. */
export interface Asked {
  readonly problem: ResolveProblem
  readonly outcome: Exclude<Outcome, { type: 'exhausted' }>
  readonly folders: ReadonlyMap<PackageName, FolderPackage>
  /** the documents it read */
  readonly documents: ReadonlyMap<PackageName, PackageDocument | null>
  readonly roots: Roots
  /** why there is no solution, in terms of the members of a workspace */
  readonly explanation?: string | undefined
}

export interface ResolvedProject {
  readonly solution: Solution
  readonly folders: ReadonlyMap<PackageName, FolderPackage>
}

/** Chooses versions for all dependencies of the roots. @throws CpmError NO_SOLUTION with the reason, RESOLVE_BUDGET */
export async function resolveProject(roots: Roots, options: ResolveOptions): Promise<ResolvedProject> {
  const asked = await askResolver(roots, options)
  const answer = answerOf(asked, options.emit, await nearNames(asked, options.source))
  for (const warning of unknownFeatures(asked, answer)) options.emit(warning)
  return answer
}

/** Returns a warning for each requested feature that the chosen version lacks: it would be ignored silently. */
function unknownFeatures({ problem, documents }: Asked, { solution }: ResolvedProject): CpmEvent[] {
  return problem.dependencies.flatMap(({ name, features }) => {
    const version = solution.packages.get(name)?.version
    const candidate = documents.get(name)?.candidates.find((each) => each.version === version)
    if (!candidate) return []
    const known = Object.keys(candidate.features)
    return features
      .filter((feature) => !known.includes(feature))
      .map((feature) => ({
        type: 'warning' as const,
        code: 'FEATURE_UNKNOWN',
        message: `${name} ${candidate.version} has no feature ${feature}${didYouMean(feature, known)}`,
      }))
  })
}

/** Finds the most likely intended name for each direct dependency that does not exist. */
export async function nearNames({ outcome, problem, documents }: Asked, source: PackageSource): Promise<NearNames> {
  const missing = outcome.type === 'unsolvable' ? problem.dependencies.map(({ name }) => name) : []
  const unknown = missing.filter((name) => documents.get(name) === null)
  return new Map(await Promise.all(unknown.map(async (name) => [name, await source.nearName?.(name)] as const)))
}

type NearNames = ReadonlyMap<PackageName, PackageName | undefined>

const MOST_NAMES = 3

/** Returns a hint about names that do not exist, if there are any: first those that are probably misspelt. */
function namesHint(near: NearNames): string | undefined {
  const hints = [...near].map(([name, meant]) =>
    meant === undefined ? `check the name ${name}: cpm search ${name}` : `did you mean ${meant} instead of ${name}?`,
  )
  if (hints.length === 0) return undefined
  const sorted = hints.sort((a, b) => Number(a.startsWith('check')) - Number(b.startsWith('check')))
  const more = hints.length - MOST_NAMES
  return [...sorted.slice(0, MOST_NAMES), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** Returns a hint with the likeliest fix first. Dropping a dependency comes last. */
function hintFor(fixes: readonly Fix[], near: NearNames, roots: Roots): string {
  const names = namesHint(near)
  const isDrop = ({ changes }: Fix) => changes.every(({ type }) => type === 'drop')
  const isMisspelt = ({ changes }: Fix) => changes.some(({ name }) => near.has(name))
  const others = fixes.filter((fix) => !isDrop(fix))
  const drops = fixes.filter((fix) => isDrop(fix) && !isMisspelt(fix))
  const offered = [...others, ...drops]
    .map((fix) => (roots.length === 1 ? describeFix(fix) : describeMemberFix(fix, roots)))
    .join('; or ')
  if (names !== undefined) return names
  if (offered === '') return 'change one of the requirements above'
  return others.length > 0 ? `to fix it: ${offered}` : `change one of the requirements above, or ${offered}`
}

/** Runs the resolver on the roots. @throws CpmError RESOLVE_BUDGET */
export async function askResolver(roots: Roots, options: ResolveOptions): Promise<Asked> {
  const { emit, signal, withFixes = true, withProof = false } = options
  const { problem, folders } = problemOf(roots, options)
  const documents = new Map<PackageName, PackageDocument | null>()
  const source = withFolders(options.source, folders)
  const read = async (names: readonly PackageName[]) => {
    const found = await source.read(names)
    for (const [name, document] of found) documents.set(name, document)
    return found
  }
  emit({ type: 'resolving', names: problem.dependencies.length })
  const outcome = await resolve(problem, { read }, { signal, withFixes, withProof })
  if (outcome.type === 'exhausted') throw exhausted(outcome.steps)
  const asked = { problem, outcome, folders, documents, roots }
  if (outcome.type !== 'unsolvable' || roots.length === 1) return asked
  const parts = { problem, source, asRange: (dependency: Dependency) => asRange(dependency, folders), signal }
  return { ...asked, explanation: await explainMembers(roots, parts) }
}

/** Returns the solution. @throws CpmError NO_SOLUTION with the reason if there is none */
export function answerOf(asked: Asked, emit: Emit, near: NearNames = new Map()): ResolvedProject {
  const { outcome, folders, roots } = asked
  if (outcome.type === 'unsolvable') {
    const explanation = asked.explanation ?? explain(outcome.failure)
    const fixes = roots.length === 1 ? outcome.fixes : withoutNeedless(outcome.fixes)
    throw new CpmError('NO_SOLUTION', explanation, {
      hint: hintFor(fixes, near, roots),
      details: { explanation, fixes, ...(near.size > 0 && { missing: [...near.keys()] }) },
    })
  }
  const { solution } = outcome
  emit({ type: 'resolved', packages: solution.packages.size, steps: solution.steps })
  for (const [name, reason] of solution.omitted) emit({ type: 'omitted', name, reason })
  if (!solution.isNewest) emit(NOT_NEWEST)
  return { solution, folders }
}

/**
 * Explains why a version was not chosen, by what it conflicts with. Returns null if it could have been.
 * @param chosen the versions that the project has
 * @throws CpmError RESOLVE_BUDGET
 */
export async function reasonAgainst(
  roots: Roots,
  wanted: { name: PackageName; version: Version },
  chosen: ReadonlyMap<PackageName, Version>,
  options: ResolveOptions,
): Promise<string | null> {
  const { problem, folders } = problemOf(roots, options)
  const source = withFolders(options.source, folders)
  const outcome = await resolve(whyNotProblem(problem, chosen, wanted), source, { signal: options.signal })
  if (outcome.type === 'exhausted') throw exhausted(outcome.steps)
  return outcome.type === 'unsolvable' ? explain(outcome.failure) : null
}

/** Returns the resolver's problem for the roots. */
export function problemOf(
  roots: Roots,
  { root, locked, cpmVersion, selection = {}, budget }: ResolveOptions,
): { problem: ResolveProblem; folders: Map<PackageName, FolderPackage> } {
  const folders = findFolderPackages(root, roots)
  const dependencies = roots
    .flatMap(({ manifest }) => wantedByRoot(manifest))
    .map((dependency) => asRange(dependency, folders))
  const overrides = new Map(overridesOf(roots).map(({ name, requirement }) => [name, requirement]))
  const target = { cpm: cpmVersion as Version, ...selection.target }
  return { problem: { dependencies, locked, overrides, ...selection, target, budget }, folders }
}

function exhausted(steps: number): CpmError {
  return new CpmError('RESOLVE_BUDGET', `the resolver found no solution in ${steps} steps`, {
    hint: 'narrow the ranges of your direct dependencies',
  })
}

/** Builds the lock for a solution whose releases are proven. */
export function toLock(
  roots: Roots,
  { solution, folders }: ResolvedProject,
  proven: readonly Pick<ProvenRelease, 'name' | 'locked'>[],
): Lock {
  const releases = new Map(proven.map((release) => [release.name, release.locked]))
  const packages = [...solution.packages.keys()].map((name): [PackageName, LockedPackage] => {
    const folder = folders.get(name)
    const release = releases.get(name)
    if (folder) return [name, lockedFolder(folder)]
    if (!release) throw new Error(`${name} was chosen but not proven`)
    return [name, release]
  })
  return {
    schemaVersion: 1,
    roots: lockedRoots(roots),
    omitted: Object.fromEntries(solution.omitted),
    packages: Object.fromEntries(packages),
  }
}
