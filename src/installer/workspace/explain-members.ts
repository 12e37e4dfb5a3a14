import semver from 'semver'
import type { Dependency } from '../../schema/dependency.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import type { PackageDocument, PackageSource } from '../../core/ports.ts'
import { explain } from '../../resolver/explain.ts'
import { type Change, describeFix, type Fix } from '../../resolver/fix.ts'
import type { ResolveProblem } from '../../resolver/problem.ts'
import { listOf } from '../../resolver/range-text.ts'
import { resolve } from '../../resolver/resolve.ts'
import { type Root, type Roots, wantedByRoot } from '../roots.ts'

interface ExplainParts {
  problem: ResolveProblem
  source: PackageSource
  /** turns the requirement of a folder into a range */
  asRange: (dependency: Dependency) => Dependency
  signal?: AbortSignal | undefined
}

/** The version of a member that has none, for the resolver. It is not shown. */
const NO_VERSION = '0.0.0' as Version

/**
 * Explains why the members of a workspace have no common solution. To the resolver, all that members require is required
 * by one root. For the explanation, each member is a package that the workspace depends on, so that it is named.
 * @returns undefined if that leads to no explanation
 */
export async function explainMembers(
  roots: Roots,
  { problem, source, asRange, signal }: ExplainParts,
): Promise<string | undefined> {
  const members = new Map<PackageName, PackageDocument>()
  for (const { path, manifest } of roots)
    if (path !== '.' && manifest.name !== undefined)
      members.set(manifest.name, documentOf(manifest.name, manifest, asRange))
  const own = roots.flatMap(({ path, manifest }) => (path === '.' ? wantedByRoot(manifest).map(asRange) : []))
  const asPackages = [...members.values()].map(({ name, candidates: [only] }) => {
    return { name, requirement: only?.version ?? '*', optional: false, features: [] }
  })
  const outcome = await resolve(
    { ...problem, dependencies: [...own, ...asPackages] },
    { read: async (names) => await readWith(members, source, names) },
    { signal },
  )
  if (outcome.type !== 'unsolvable') return undefined
  return inWords(explain(outcome.failure), roots)
}

function documentOf(name: PackageName, manifest: Root['manifest'], asRange: ExplainParts['asRange']): PackageDocument {
  const dependencies = wantedByRoot(manifest).map(asRange)
  const version = manifest.version ?? NO_VERSION
  return { name, candidates: [{ version, dependencies, features: {}, conditions: {}, yanked: false }] }
}

async function readWith(
  members: ReadonlyMap<PackageName, PackageDocument>,
  source: PackageSource,
  names: readonly PackageName[],
): Promise<Map<PackageName, PackageDocument | null>> {
  const others = names.filter((name) => !members.has(name))
  const documents = new Map(others.length > 0 ? await source.read(others) : [])
  for (const name of names) {
    const member = members.get(name)
    if (member) documents.set(name, member)
  }
  return documents
}

/** Says "the workspace" instead of "your project", leaves out versions that no member has, and adds where members are. */
function inWords(explanation: string, roots: Roots): string {
  const named = roots.filter(({ path, manifest }) => path !== '.' && manifest.name !== undefined)
  let text = explanation.replaceAll('your project depends on', 'the workspace has')
  for (const { manifest } of named)
    if (manifest.version === undefined)
      text = text.replaceAll(`${manifest.name ?? ''} ${NO_VERSION}`, manifest.name ?? '')
  const met = named.filter(({ manifest }) => new RegExp(`(?<![\\w/-])${manifest.name ?? ''}(?![\\w/-])`).test(text))
  const places = met.map(({ path, manifest }) => `${manifest.name ?? ''} is ${path}`)
  return places.length === 0 ? text : `${text}\n\nIn this workspace, ${listOf(places)}.`
}

/** Returns the fixes without changes that change nothing: only some members may need another range. */
export function withoutNeedless(fixes: readonly Fix[]): Fix[] {
  return fixes
    .map(({ changes }) => ({ changes: changes.filter((change) => !isNeedless(change)) }))
    .filter(({ changes }) => changes.length > 0)
}

function isNeedless(change: Change): boolean {
  if (change.type !== 'loosen') return false
  const lowest = semver.validRange(change.from) === null ? null : semver.minVersion(change.to)
  return lowest !== null && semver.satisfies(lowest, change.from)
}

/** Describes a fix, with the members whose colony.yaml it changes. */
export function describeMemberFix({ changes }: Fix, roots: Roots): string {
  return changes
    .map((change) => {
      const at = change.type === 'loosen' || change.type === 'drop' ? membersWith(change, roots) : []
      return `${describeFix({ changes: [change] })}${at.length === 0 ? '' : ` in ${listOf(at)}`}`
    })
    .join(', and ')
}

function membersWith(change: Change, roots: Roots): string[] {
  const from = change.type === 'loosen' ? change.from : undefined
  const having = roots.filter(({ manifest }) =>
    wantedByRoot(manifest).some(
      ({ name, requirement }) => name === change.name && (from === undefined || requirement === from),
    ),
  )
  return having.map(({ path }) => (path === '.' ? 'colony.yaml' : path))
}
