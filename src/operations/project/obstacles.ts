import semver from 'semver'
import type { Lock } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import { closest } from '../../core/did-you-mean.ts'
import type { Candidate, PackageSource, Release } from '../../core/ports.ts'
import { judge } from '../../resolver/eligibility.ts'
import { versionList } from '../../resolver/range-text.ts'
import { describeBar } from '../../resolver/no-versions.ts'
import type { Solution } from '../../resolver/solution.ts'
import { lockedVersions, type ReadLock } from '../../installer/lockfile.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { problemOf, reasonAgainst, type ResolveOptions } from '../../installer/resolve-project.ts'
import { manifestOf, overridesOf, type Roots } from '../../installer/roots.ts'
import type { ProjectRoots } from '../../installer/workspace/read-roots.ts'
import { Trials } from './trials.ts'

/** What keeps a version out of a project. */
export type Obstacle =
  | 'not-published'
  | 'folder'
  | 'yanked'
  | 'too-new'
  | 'other-target'
  | 'refused'
  | 'override'
  | 'requirement'
  | 'pre-release'
  | 'feature'
  | 'left-out'
  | 'not-required'
  | 'incompatible'
  | 'lock'
  | 'preference'

export interface Reason {
  readonly obstacle: Obstacle
  /** a sentence without a period; an explanation from the resolver has several lines */
  readonly message: string
}

export interface WhyNot extends Release {
  /** the version in colony.lock, or null */
  readonly locked: Version | null
  readonly isInstalled: boolean
  readonly reasons: readonly Reason[]
  /** changes that were tried, each of which brings in the version */
  readonly tips: readonly string[]
}

type Options = Omit<ResolveOptions, 'locked' | 'emit'> & {
  /** command-line options that affect resolution, to repeat in tips */
  readonly repeated: string
  /** whether `cpm update` can be a tip; it always asks registries */
  readonly mayUpdate: boolean
}

/**
 * Explains why a project does not have a version. Every reason was looked up, and every tip was resolved and found to
 * bring in the version.
 * @throws CpmError PACKAGE_NOT_FOUND, RESOLVE_BUDGET
 */
export async function tellWhyNot(
  project: ProjectRoots,
  lock: ReadLock,
  wanted: Release,
  given: Options,
): Promise<WhyNot> {
  const options = { ...given, source: remembering(given.source), emit: () => undefined }
  const question = { project, locked: lockedVersions(lock), lock: lock.kind === 'lock' ? lock.lock : undefined }
  const found = await answer({ ...question, wanted, options })
  const locked = question.locked.get(wanted.name) ?? null
  return { ...wanted, locked, isInstalled: locked === wanted.version, ...found }
}

interface Question {
  readonly project: ProjectRoots
  readonly wanted: Release
  readonly locked: ReadonlyMap<PackageName, Version>
  readonly lock: Lock | undefined
  readonly options: Options & Pick<ResolveOptions, 'emit'>
}

type Answer = Pick<WhyNot, 'reasons' | 'tips'>

async function answer(question: Question): Promise<Answer> {
  const { project, wanted, locked, options } = question
  const because = (obstacle: Obstacle, message: string): Answer => ({ reasons: [{ obstacle, message }], tips: [] })
  const requirements = requirementsAgainst(project.roots, wanted)
  // A locked version is in the project whatever its status is now, but colony.yaml may have changed since.
  if (locked.get(wanted.name) === wanted.version) return { reasons: requirements, tips: [] }
  const { folders } = problemOf(project.roots, { ...options, locked })
  const folder = folders.get(wanted.name)
  if (folder)
    return because(
      'folder',
      `${wanted.name} is the folder ${folder.path}, which has version ${folder.manifest.version}`,
    )
  const document = (await options.source.read([wanted.name])).get(wanted.name)
  if (!document) throw await unknownPackage(wanted.name, question)
  const candidate = document.candidates.find(({ version }) => version === wanted.version)
  if (!candidate) return because('not-published', notPublished(wanted, document.candidates))

  const trials = new Trials(project, locked, options)
  const bar = barOn(candidate, question)
  if (bar) return { reasons: [bar, ...requirements], tips: await tipsAgainstBar(bar, question) }
  const gives = (solution: Solution | undefined) => solution?.packages.get(wanted.name)?.version === wanted.version
  const tips = await tipsFor(question, trials)
  if (requirements.length > 0)
    return { reasons: [...requirements, ...(await incompatible(question, trials, tips))], tips }
  if (gives(await trials.asItIs())) return { ...because('lock', 'colony.lock is older than colony.yaml'), tips }
  const updated = await trials.updated()
  if (gives(await trials.updated(wanted.name))) return { ...because('lock', lockReason(question)), tips }
  if (gives(updated)) return { ...because('lock', lockReason(question, updated)), tips }
  if (!updated) return { ...because('incompatible', 'no set of versions satisfies colony.yaml'), tips }
  if (!updated.packages.has(wanted.name)) return { reasons: absence(question, updated), tips }
  const reasons = await incompatible(question, trials, [])
  return { reasons: reasons.length > 0 ? reasons : [preference(question, updated)], tips }
}

/** Returns the reasons in colony.yaml itself. */
function requirementsAgainst(roots: Roots, wanted: Release): Reason[] {
  const { name, version } = wanted
  const overriding = overridesOf(roots).find((override) => override.name === name)
  if (overriding) {
    if (semver.satisfies(version, overriding.requirement)) return []
    const says = `colony.yaml overrides ${name} with ${overriding.requirement}`
    return [{ obstacle: 'override', message: `${says}, which does not include ${version}` }]
  }
  const direct = roots.flatMap((root) =>
    [...root.manifest.dependencies, ...root.manifest.devDependencies]
      .filter((dependency) => dependency.name === name)
      .map(({ requirement }) => ({ requirement, by: manifestOf(root) })),
  )
  return direct.flatMap(({ requirement, by }): Reason[] => {
    if (semver.satisfies(version, requirement)) return []
    const says = `${by} requires ${name} ${requirement}`
    return semver.satisfies(version, requirement, { includePrerelease: true })
      ? [{ obstacle: 'pre-release', message: `${says}, and a pre-release is used only if the range names one` }]
      : [{ obstacle: 'requirement', message: `${says}, which does not include ${version}` }]
  })
}

function notPublished({ name, version }: Release, candidates: readonly Candidate[]): string {
  const versions = candidates.map((candidate) => candidate.version).sort((a, b) => semver.compare(a, b))
  const near = closest(version, versions)
  const meant = near === undefined ? '' : `; did you mean ${near}?`
  return versions.length === 0
    ? `no version of ${name} is published`
    : `${name} ${version} is not published (published: ${versionList(versions)})${meant}`
}

async function unknownPackage(
  name: PackageName,
  { project: { manifest }, locked, options }: Question,
): Promise<CpmError> {
  const { dependencies, devDependencies } = manifest
  const known = [...locked.keys(), ...[...dependencies, ...devDependencies].map((dependency) => dependency.name)]
  const near = closest(name, known) ?? (await options.source.nearName?.(name))
  const meant = near === undefined ? '' : `; did you mean ${near}?`
  return new CpmError('PACKAGE_NOT_FOUND', `there is no package named ${name}${meant}`, {
    hint: near === undefined ? `cpm search ${name}` : `cpm info ${near}`,
    details: { name },
  })
}

function barOn(candidate: Candidate, { project, wanted, options }: Question): Reason | undefined {
  const { problem } = problemOf(project.roots, { ...options, locked: new Map() })
  const [barred] = judge({ name: wanted.name, candidates: [candidate] }, problem).barred
  return barred && { obstacle: barred.bar.type, message: `${wanted.name} ${wanted.version} ${describeBar(barred.bar)}` }
}

/** Returns tips for a version that is too new: `--exclude-newer` can be left out. Other bars can't be lifted. */
async function tipsAgainstBar({ obstacle }: Reason, question: Question): Promise<string[]> {
  const { options, project, locked } = question
  if (obstacle !== 'too-new') return []
  const undated = { ...options, selection: { ...options.selection, excludeNewer: undefined } }
  const repeated = options.repeated.replace(/ --exclude-newer \S+/, '')
  return await tipsFor({ ...question, options: { ...undated, repeated } }, new Trials(project, locked, undated))
}

/** Returns the change that brings in the version and changes the least. It was tried. */
async function tipsFor({ project, wanted, options }: Question, trials: Trials): Promise<string[]> {
  const { name, version } = wanted
  const gives = (solution: Solution | undefined) => solution?.packages.get(name)?.version === version
  const { repeated, mayUpdate } = options
  if (gives(await trials.asItIs())) return [`cpm install${repeated}`]
  if (mayUpdate && gives(await trials.updated(name))) return [`cpm update ${name}${repeated}`]
  if (mayUpdate && gives(await trials.updated())) return [`cpm update${repeated}`]
  const isDev = project.manifest.devDependencies.some((dependency) => dependency.name === name)
  if (gives(await trials.requiring(wanted, isDev ? 'devDependencies' : 'dependencies')))
    return [`cpm install ${isDev ? '--dev ' : ''}${name}@${version}${repeated}`]
  if (gives(await trials.overriding(wanted))) return [`add  overrides: { ${quoted(name)}: ${version} }  to colony.yaml`]
  const feature = await trials.withFeature(wanted)
  return feature === undefined ? [] : [`add the feature ${feature.feature} to ${feature.of} in colony.yaml`]
}

function quoted(name: PackageName): string {
  return name.startsWith('@') ? `'${name}'` : name
}

/** @param updated the solution of a full update, if updating the package alone is not enough */
function lockReason({ wanted: { name }, locked }: Question, updated?: Solution): string {
  const at = locked.get(name)
  const keeps = at === undefined ? 'colony.lock was created without it' : `only colony.lock keeps ${name} at ${at}`
  if (!updated) return keeps
  const moved = [...updated.packages].filter(
    ([other, { version }]) => other !== name && locked.has(other) && locked.get(other) !== version,
  )
  const others = moved.map(([other, { version }]) => `${other} ${version} (locked: ${locked.get(other) ?? ''})`)
  return others.length === 0 ? keeps : `${keeps}, and it can only change together with ${others.join(', ')}`
}

/** Explains what the version is incompatible with. Returns nothing if there is a tip or the version would fit. */
async function incompatible(question: Question, trials: Trials, tips: readonly string[]): Promise<Reason[]> {
  const { project, wanted, locked, options } = question
  if (tips.length > 0) return []
  const updated = await trials.updated()
  const chosen = updated ? new Map([...updated.packages].map(([name, { version }]) => [name, version])) : locked
  const message = await reasonAgainst(project.roots, wanted, chosen, { ...options, locked })
  return message === null ? [] : [{ obstacle: 'incompatible', message }]
}

/** Explains why a package that nothing excludes is not in the project. */
function absence({ project: { manifest }, wanted: { name }, lock }: Question, updated: Solution): Reason[] {
  const leftOut = updated.omitted.get(name)
  if (leftOut !== undefined)
    return [{ obstacle: 'left-out', message: `${name} is optional, and was left out: ${leftOut}` }]
  const own = Object.keys(manifest.features).filter((feature) => manifest.features[feature]?.includes(name))
  if (own.length > 0)
    return [{ obstacle: 'feature', message: `only the feature ${own.join(' or ')} of your project requires ${name}` }]
  const by = [...updated.packages.keys()].filter((other) => {
    const written = lock && lockedPackage(lock, other)?.dependencies[name]
    return typeof written === 'object' && written.optional === true
  })
  if (by.length > 0)
    return [{ obstacle: 'feature', message: `${name} is optional for ${by.join(', ')}: only a feature requires it` }]
  return [{ obstacle: 'not-required', message: `nothing in your project depends on ${name}` }]
}

function preference({ wanted: { name, version }, options }: Question, updated: Solution): Reason {
  const chosen = updated.packages.get(name)?.version ?? version
  const lowest = (options.selection?.resolution ?? 'highest') !== 'highest'
  const is = semver.gt(chosen, version) ? 'newer' : 'older'
  const rule = lowest ? 'and --resolution prefers it' : is === 'newer' ? 'and cpm takes the newest' : 'and fits as well'
  return { obstacle: 'preference', message: `${name} ${chosen} is ${is} and allowed, ${rule}` }
}

/** Returns a source that asks the original for each name only once. */
function remembering(source: PackageSource): PackageSource {
  const known = new Map<PackageName, Awaited<ReturnType<PackageSource['read']>>>()
  const near = source.nearName?.bind(source)
  return {
    ...(near && { nearName: near }),
    async read(names) {
      const fresh = names.filter((name) => !known.has(name))
      if (fresh.length > 0) {
        const found = await source.read(fresh)
        for (const name of fresh) known.set(name, found)
      }
      return new Map(names.map((name) => [name, known.get(name)?.get(name) ?? null]))
    },
  }
}
