import { isRelease, type Lock } from '../../schema/lock.ts'
import type { ProjectManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import { readDiskTree } from '../../installer/disk-tree.ts'
import { lockInConflict, readLock } from '../../installer/lockfile.ts'
import { entriesOf } from '../../installer/lock-entries.ts'
import { keyOf } from '../../installer/places.ts'
import { readProjectManifest } from '../../installer/project-manifest.ts'
import { tellNews } from '../../installer/status-warnings.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { lookAt } from './look-at.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type FilterFlags, requireScope, type Scope, selectedIn } from './scope.ts'

export interface ListOptions extends Pick<InstallationFlags, 'registry' | 'offline'>, FilterFlags {
  /** only direct dependencies */
  direct?: boolean
}

/**
 * Lists the installed packages with the status of their releases; in the root of a workspace, those of all members.
 * @throws CpmError LOCK_INVALID
 */
export async function list(session: Session, { direct: onlyDirect = false, ...flags }: ListOptions = {}) {
  const scope = requireScope(session, flags, 'cpm list -g')
  const { project, members } = scope
  const { lock, ...looked } = await lookAt(session, project, () => listPlaces(scope, onlyDirect))
  const installation = await createInstallation(withLentHome(session), project, flags, { members })
  const news = await tellNews(lock, installation)
  installation.sweep()
  const packages = looked.packages.map((entry) => ({ ...entry, status: news.of.get(entry.name)?.status ?? null }))
  return { ...looked, packages, unasked: news.unasked }
}

function listPlaces(scope: Scope, onlyDirect: boolean) {
  const read = readLock(scope.project.lockFile)
  if (read.kind === 'conflict') throw lockInConflict(scope.project.root, read)
  const places = selectedIn(scope).map((place) => ({
    place,
    direct: directOf(readProjectManifest(place).manifest),
    disk: readDiskTree(place),
    part: read.kind === 'lock' ? partOf(read.lock, [keyOf(place)]).packages : {},
  }))
  const direct = new Set(places.flatMap((one) => [...one.direct]))
  const lock =
    read.kind === 'lock'
      ? partOf(
          read.lock,
          places.map(({ place }) => keyOf(place)),
        )
      : undefined
  const needed = neededBy(direct, lock?.packages ?? {})
  const isMissing = (name: PackageName) => places.some(({ part, disk }) => Object.hasOwn(part, name) && !disk.has(name))
  const packages = entriesOf(lock?.packages ?? {})
    .map(([name, entry]) => ({
      name,
      version: entry.version,
      direct: direct.has(name),
      needed: needed.has(name),
      installed: !isMissing(name),
      /** in a workspace, the members that require it themselves */
      ...(scope.members.length > 0 && {
        by: places.filter((one) => one.direct.has(name)).map(({ place }) => keyOf(place)),
      }),
      ...(isRelease(entry) ? { tree: entry.tree } : { path: entry.path }),
    }))
    .filter((entry) => !onlyDirect || entry.direct)
  return { packages, isWanting: read.kind === 'none' && direct.size > 0, lock }
}

function directOf({ dependencies, devDependencies }: ProjectManifest): ReadonlySet<PackageName> {
  return new Set([...dependencies, ...devDependencies].map(({ name }) => name))
}

/** Returns the direct dependencies and everything they need. The lock may be older than colony.yaml. */
function neededBy(direct: ReadonlySet<PackageName>, locked: Lock['packages']): Set<PackageName> {
  const needed = new Set(direct)
  // A set also visits what is added on the way.
  for (const name of needed) {
    const entry = Object.hasOwn(locked, name) ? locked[name] : undefined
    for (const [dependency] of entriesOf(entry?.dependencies ?? {})) needed.add(dependency)
  }
  return needed
}
