import path from 'node:path'
import semver from 'semver'
import type { Tree } from '../../schema/digest.ts'
import { isRelease, type LockedPackage } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { isPackageName, type PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { findProject, projectOfFolder } from '../../installer/find-project.ts'
import type { Project } from '../../installer/project.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import { placesOf } from '../../installer/places.ts'
import { placesAround } from '../../installer/workspace/find-workspace.ts'
import { readRoots } from '../../installer/workspace/read-roots.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Session } from '../session.ts'
import { openEnvironment, type WantedPackage } from './environment.ts'
import { type InstalledPackage, requireInstalled } from './installed-package.ts'
import { lookAt } from '../project/look-at.ts'
import { type Proved, proveLocked, readPackage } from './proven-package.ts'
import { parseNameAndRange } from '../registries/release-argument.ts'

/** A package that was found for a command, such as `cpm submit`. */
export interface FoundPackage {
  root: string
  manifest: PackageManifest
  /** where it was found, in words */
  from: string
  /** the project whose lock and `colony_packages` hold its dependencies */
  project: Project
  /** the registry given with `--registry` */
  registry?: string | undefined
  /** its tree, if it was proven */
  tree?: Tree
  /** the result of proving it, if the current project locks it */
  proved?: Proved
}

export interface Target {
  target: string
  registry?: string | undefined
  yes: boolean
}

/**
 * Finds a package: one that the current project locks, otherwise a folder, otherwise a release, which is fetched.
 * Everything except a folder is proven before any of it runs.
 */
export async function findPackage(session: Session, { target, registry, yes }: Target): Promise<FoundPackage> {
  const wanted = wantedPackage(target)
  const here = wanted && (await findLocked(session, wanted))
  if (here) return { ...here, registry }
  const root = path.resolve(session.cwd, target)
  if (isThere(path.join(root, MANIFEST_FILE)))
    return { root, manifest: readPackage(root, target), from: 'a folder', project: projectOfFolder(root, session.cwd) }
  const member = wanted && memberNamed(session, wanted)
  if (member) {
    const manifest = readPackage(member.root, path.relative(session.cwd, member.root))
    return { root: member.root, manifest, from: 'a member of the workspace', project: member }
  }
  if (!wanted)
    throw new CpmError('PACKAGE_NOT_FOUND', `${target} is neither a package nor a folder with a ${MANIFEST_FILE}`)
  const { project, from } = await openEnvironment(session, wanted, {
    registry,
    yes,
    locked: lockedVersion(session, wanted),
  })
  return { ...foundAs(requireInstalled(project.root, wanted.name), session), from, registry }
}

function wantedPackage(target: string): WantedPackage | undefined {
  const at = target.indexOf('@', 1)
  return isPackageName(at < 0 ? target : target.slice(0, at)) ? parseNameAndRange(target) : undefined
}

/** Finds a member of the workspace by its name, which then never means a release. */
function memberNamed({ cwd }: Session, { name }: WantedPackage): Project | undefined {
  const project = findProject(cwd)
  const places = project && placesAround(project)
  if (!places || places.members.length === 0) return undefined
  return readRoots(placesOf(places)).find(({ manifest }) => manifest.name === name)?.project
}

/** Proves and returns the package that the current project locks. @throws CpmError PACKAGE_DAMAGED */
async function findLocked(session: Session, wanted: WantedPackage): Promise<FoundPackage | undefined> {
  const project = findProject(session.cwd)
  if (!project) return undefined
  return await lookAt(session, project, () => {
    const locked = lockedIn(project, wanted)
    return locked && provenPackage(session, locked)
  })
}

/** Returns the version that the current project locks, whether or not it is wanted. */
function lockedVersion({ cwd }: Session, { name }: WantedPackage): Version | undefined {
  const project = findProject(cwd)
  return project && lockedAs(project, name)?.version
}

function lockedAs(project: Project, name: PackageName): LockedPackage | undefined {
  const read = readProjectLock(project)
  return read.kind === 'lock' ? lockedPackage(read.lock, name) : undefined
}

function lockedIn(project: Project, { name, range }: WantedPackage): InstalledPackage | undefined {
  const locked = lockedAs(project, name)
  if (!locked) return undefined
  if (range !== undefined && !semver.satisfies(locked.version, range)) return undefined
  return requireInstalled(project.root, name)
}

/** @throws CpmError PACKAGE_DAMAGED */
async function provenPackage(session: Session, installed: InstalledPackage): Promise<FoundPackage> {
  const { name, locked, folder: root, project } = installed
  const found = foundAs(installed, session)
  if (!isRelease(locked)) return { ...found, from: 'in colony.lock, from a folder' }
  const proved = await proveLocked(session, { project, name, locked, root })
  const from = proved.unproven === undefined ? 'in colony.lock, proven' : 'in colony.lock, signature not checked'
  return { ...found, from, proved }
}

function foundAs({ project, locked, folder: root }: InstalledPackage, { cwd }: Session): Omit<FoundPackage, 'from'> {
  const manifest = readPackage(root, path.relative(cwd, root))
  return { root, manifest, project, ...(isRelease(locked) && { tree: locked.tree }) }
}
