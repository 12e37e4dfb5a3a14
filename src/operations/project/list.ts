import { isRelease, type Lock } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { readDiskTree } from '../../installer/disk-tree.ts'
import { lockInConflict, readLock } from '../../installer/lockfile.ts'
import { entriesOf } from '../../installer/lock-entries.ts'
import { requireProject } from '../../installer/find-project.ts'
import { readProjectManifest } from '../../installer/project-manifest.ts'
import { tellNews } from '../../installer/status-warnings.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { lookAt } from './look-at.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'

export interface ListOptions extends Pick<InstallationFlags, 'registry' | 'offline'> {
  /** only direct dependencies */
  direct?: boolean
}

/** Lists the installed packages with the status of their releases. @throws CpmError LOCK_INVALID */
export async function list(session: Session, { direct: onlyDirect = false, ...flags }: ListOptions = {}) {
  const project = requireProject(session.cwd, 'cpm list -g')
  const { lock, ...looked } = await lookAt(session, project, () => {
    const { manifest } = readProjectManifest(project)
    const read = readLock(project.lockFile)
    if (read.kind === 'conflict') throw lockInConflict(project.root, read)
    const disk = readDiskTree(project)
    const direct = new Set([...manifest.dependencies, ...manifest.devDependencies].map(({ name }) => name))
    const locked = read.kind === 'lock' ? read.lock.packages : {}
    const needed = neededBy(direct, locked)
    const packages = entriesOf(locked)
      .map(([name, entry]) => ({
        name,
        version: entry.version,
        direct: direct.has(name),
        needed: needed.has(name),
        installed: disk.has(name),
        ...(isRelease(entry) ? { tree: entry.tree } : { path: entry.path }),
      }))
      .filter((entry) => !onlyDirect || entry.direct)
    const isWanting = read.kind === 'none' && manifest.dependencies.length + manifest.devDependencies.length > 0
    return { packages, isWanting, lock: read.kind === 'lock' ? read.lock : undefined }
  })
  const installation = await createInstallation(withLentHome(session), project, flags)
  const news = await tellNews(lock, installation)
  installation.sweep()
  const packages = looked.packages.map((entry) => ({ ...entry, status: news.of.get(entry.name)?.status ?? null }))
  return { ...looked, packages, unasked: news.unasked }
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
