import semver from 'semver'
import type { Dependency } from '../../schema/dependency.ts'
import type { PackageName } from '../../schema/name.ts'
import { requirementPath, type Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import type { News, PackageDocument } from '../../core/ports.ts'
import { lockedVersions } from '../../installer/lockfile.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import { overridesOf, type Roots } from '../../installer/roots.ts'
import { isFlagged, tellNews } from '../../installer/status-warnings.ts'
import { rootFolder } from '../../installer/find-project.ts'
import { memberPackages } from '../../installer/folder-packages.ts'
import { keyOf } from '../../installer/places.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { lookAtFiles } from './look-at.ts'
import { Trials } from './trials.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

export interface Outdated {
  readonly name: PackageName
  readonly locked: Version
  /** the newest version that colony.yaml allows, even if it is incompatible with the other packages */
  readonly wanted: Version
  /** the newest release */
  readonly latest: Version
  /** the version that `cpm update` chooses; null if it finds no solution */
  readonly update: Version | null
  /** the version that `cpm update --latest` chooses; null if it finds no solution */
  readonly updateLatest: Version | null
}

type Newer = Omit<Outdated, 'update' | 'updateLatest'>

export type OutdatedOptions = Pick<InstallationFlags, 'registry' | 'offline' | 'lockTimeout'> & FilterFlags

/** Finds dependencies with newer versions, and yanked or deprecated locked versions. @throws CpmError LOCK_OUTDATED */
export async function outdated(session: Session, flags: OutdatedOptions = {}) {
  const scope = requireScope(session, flags)
  const { project } = scope
  const paths = selectedIn(scope).map(keyOf)
  const { read, lock } = await lookAtFiles(session, project, flags)
  const direct = requirementsOf(read.roots.filter(({ path }) => paths.includes(path)))
  const locked = lockedVersions(lock)
  if (lock.kind === 'none' && direct.length > 0)
    throw new CpmError('LOCK_OUTDATED', 'there is no colony.lock', { hint: 'cpm install' })
  const { source, cpmVersion, emit, signal, sweep } = await createInstallation(withLentHome(session), project, flags)
  try {
    const members = memberPackages(read.roots)
    const asked = direct.filter(
      ({ name, requirement }) => locked.has(name) && requirementPath(requirement) === null && !members.has(name),
    )
    const documents = await source.read([...new Set(asked.map(({ name }) => name))])
    const packages = asked.flatMap(({ name, requirement }) => {
      const version = locked.get(name)
      const document = documents.get(name)
      const range = overridesOf(read.roots).find((override) => override.name === name)?.requirement ?? requirement
      return version && document ? newer(document, version, range) : []
    })
    const news = await tellNews(lock.kind === 'lock' ? partOf(lock.lock, paths) : undefined, { source, emit })
    const rest = { flagged: flaggedOf(news, locked), checked: asked.length, unasked: news.unasked }
    if (packages.length === 0) return { packages: [], ...rest }
    const options = { root: rootFolder(project), source, cpmVersion, emit: () => undefined, signal }
    const trials = new Trials(read, locked, options)
    return { packages: await tried(packages, trials, paths), ...rest }
  } finally {
    sweep()
  }
}

/** Returns the direct dependencies of roots; several members may require a package in the same range. */
function requirementsOf(roots: Roots): Pick<Dependency, 'name' | 'requirement'>[] {
  const all = roots.flatMap(({ manifest }) => [...manifest.dependencies, ...manifest.devDependencies])
  return [...new Map(all.map((dependency) => [`${dependency.name} ${dependency.requirement}`, dependency])).values()]
}

/** Returns the yanked and deprecated locked versions, including those of indirect dependencies. */
function flaggedOf(news: News, locked: ReadonlyMap<PackageName, Version>) {
  return [...news.of].flatMap(([name, found]) => {
    const version = locked.get(name)
    if (version === undefined || !isFlagged(found)) return []
    return [{ name, version, status: found.status, better: found.better ?? null }]
  })
}

/** Resolves the versions that updates would choose, because a newer version may be incompatible with the others. */
async function tried(packages: readonly Newer[], trials: Trials, paths: readonly string[]): Promise<Outdated[]> {
  const [update, updateLatest] = [await trials.updated(), await trials.updatedBeyondRanges(paths)]
  return packages.map((each) => ({
    ...each,
    update: update?.packages.get(each.name)?.version ?? null,
    updateLatest: updateLatest?.packages.get(each.name)?.version ?? null,
  }))
}

/** Returns the newer versions of a dependency, if any. Pre-releases count only if the locked version is one. */
function newer({ name, candidates }: PackageDocument, locked: Version, requirement: string): Newer[] {
  const usable = candidates.filter(({ yanked }) => !yanked).map(({ version }) => version)
  const newest = (versions: readonly Version[]) =>
    versions.reduce((best, version) => (semver.gt(version, best) ? version : best), locked)
  const isPre = semver.prerelease(locked) !== null
  const wanted = newest(usable.filter((version) => semver.satisfies(version, requirement)))
  const latest = newest(usable.filter((version) => isPre || semver.prerelease(version) === null))
  return wanted === locked && latest === locked ? [] : [{ name, locked, wanted, latest: newest([wanted, latest]) }]
}
