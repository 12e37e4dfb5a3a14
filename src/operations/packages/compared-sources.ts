import path from 'node:path'
import semver from 'semver'
import { isRelease, type LockedPackage } from '../../schema/lock.ts'
import { isPackageName, type PackageName } from '../../schema/name.ts'
import { requirementPath, type Version } from '../../schema/version.ts'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { findProject } from '../../installer/find-project.ts'
import type { Installation } from '../../installer/installation.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import type { Project } from '../../installer/project.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import { readProjectManifest } from '../../installer/project-manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import { versionList } from '../../resolver/range-text.ts'
import { requireInstalled } from './installed-package.ts'
import { readPackage } from './proven-package.ts'
import type { Session } from '../session.ts'
import { parseNameAndRange } from '../registries/release-argument.ts'
import type { ComparedSource } from './compared-package.ts'

type Wanted = { folder: string } | { name: PackageName; range: string | undefined }

/** Chooses the two packages to compare from what was typed; either of them may be left out. */
export async function comparedSources(
  session: Session,
  { left, right }: { left: string; right: string | undefined },
  installation: Installation,
): Promise<[ComparedSource, ComparedSource]> {
  const project = findProject(session.cwd)
  const first = parseSide(left, session.cwd, project)
  if (right !== undefined) {
    const second = parseSide(right, session.cwd, project)
    return [await sourceOf(first, installation), await sourceOf(second, installation)]
  }
  if ('folder' in first) {
    const { name } = readPackage(first.folder, path.relative(session.cwd, first.folder))
    return [await release(name, undefined, installation), { kind: 'folder', folder: first.folder }]
  }
  const { name, range } = first
  const locked = project && lockedAs(project, name)
  if (!locked) {
    if (range !== undefined) return [await sourceOf(first, installation), await release(name, undefined, installation)]
    throw new CpmError('USAGE', `${name} is not in colony.lock, so there is no version to compare it with`, {
      hint: `name one: cpm diff ${name}@1.0.0`,
    })
  }
  const before: ComparedSource = isRelease(locked)
    ? { kind: 'release', name, version: locked.version, isLocked: true }
    : { kind: 'folder', folder: requireInstalled(project.root, name).folder }
  return [before, await release(name, range ?? allowed(project, name), installation)]
}

/** Reads a side as typed: a name as in `cpm submit`, otherwise a folder. */
function parseSide(text: string, cwd: string, project: Project | undefined): Wanted {
  const at = text.indexOf('@', 1)
  const name = at < 0 ? text : text.slice(0, at)
  const folder = path.resolve(cwd, text)
  const isFolder = isThere(path.join(folder, MANIFEST_FILE))
  if (!isPackageName(name)) {
    if (isFolder) return { folder }
    throw new CpmError('PACKAGE_NOT_FOUND', `${text} is neither a package nor a folder with a ${MANIFEST_FILE}`)
  }
  return isFolder && !(project && lockedAs(project, name)) ? { folder } : parseNameAndRange(text)
}

async function sourceOf(wanted: Wanted, installation: Installation): Promise<ComparedSource> {
  return 'folder' in wanted
    ? { kind: 'folder', folder: wanted.folder }
    : await release(wanted.name, wanted.range, installation)
}

/** Chooses the newest version in a range; an exact version may be yanked. @throws CpmError PACKAGE_NOT_FOUND */
async function release(
  name: PackageName,
  range: string | undefined,
  { source }: Installation,
): Promise<Extract<ComparedSource, { kind: 'release' }>> {
  const document = (await source.read([name])).get(name)
  if (!document) {
    const near = await source.nearName?.(name)
    throw new CpmError(
      'PACKAGE_NOT_FOUND',
      `${name} is not in ${source.placeOf(name)}${near === undefined ? '' : `; did you mean ${near}?`}`,
      { hint: near === undefined ? 'cpm search' : `cpm info ${near}`, details: { name } },
    )
  }
  const { candidates } = document
  const versions = candidates
    .filter(({ yanked, version }) => !yanked || version === range)
    .map(({ version }) => version)
  const found =
    semver.maxSatisfying<Version>(versions, range ?? '*') ??
    // A package may have only pre-releases.
    (range === undefined ? semver.maxSatisfying<Version>(versions, '*', { includePrerelease: true }) : null)
  if (found !== null) return { kind: 'release', name, version: found, isLocked: false }
  const all = candidates.map(({ version }) => version).sort(semver.compare)
  throw new CpmError(
    'PACKAGE_NOT_FOUND',
    `no version of ${name} matches ${range ?? '*'}; ${source.placeOf(name)} has ${all.length === 0 ? 'none' : versionList(all)}`,
    { hint: `cpm info ${name}`, details: { name, range, versions: all } },
  )
}

function lockedAs(project: Project, name: PackageName): LockedPackage | undefined {
  const read = readProjectLock(project)
  return read.kind === 'lock' ? lockedPackage(read.lock, name) : undefined
}

/** Returns the range in which colony.yaml allows a package; undefined for an indirect dependency. */
function allowed(project: Project, name: PackageName): string | undefined {
  const { manifest } = readProjectManifest(project)
  const overridden = manifest.overrides.find((override) => override.name === name)
  const direct = [...manifest.dependencies, ...manifest.devDependencies].find((dependency) => dependency.name === name)
  const requirement = (overridden ?? direct)?.requirement
  return requirement === undefined || requirementPath(requirement) !== null ? undefined : requirement
}
