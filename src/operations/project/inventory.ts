import path from 'node:path'
import { isRelease, type Lock, type LockedPackage } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { readUserFile } from '../../core/user-files.ts'
import { entriesOf } from '../../installer/lock-entries.ts'
import { requireScopeLock } from './scope-lock.ts'
import { keyOf } from '../../installer/places.ts'
import { readProjectManifest } from '../../installer/project-manifest.ts'
import type { Project } from '../../installer/project.ts'
import { isUsed, partOf } from '../../installer/workspace/lock-part.ts'
import { checkPackageManifest, MAX_MANIFEST_BYTES } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Session } from '../session.ts'
import { lookAt } from './look-at.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

/** An installed package, with what its manifest says. */
export interface InventoryItem {
  readonly name: PackageName
  readonly version: Version
  readonly locked: LockedPackage
  readonly manifest: PackageManifest
  /** the packages that it uses */
  readonly uses: readonly PackageName[]
}

/** A project, or the selected members of a workspace, and every package that they need. */
export interface Inventory {
  readonly roots: readonly {
    readonly name: string
    readonly version: Version | null
    readonly uses: readonly PackageName[]
  }[]
  /** in order of name */
  readonly items: readonly InventoryItem[]
}

/**
 * Reads the manifests of all installed packages.
 * @throws CpmError LOCK_OUTDATED if there is no lock, PACKAGE_NOT_FOUND if a package is not installed, FILE_UNREADABLE
 */
export async function takeInventory(session: Session, flags: FilterFlags): Promise<Inventory> {
  const scope = requireScope(session, flags)
  const places = selectedIn(scope)
  return await lookAt(session, scope.project, () => {
    const lock = partOf(requireScopeLock(scope), places.map(keyOf))
    const found = entriesOf(lock.packages).map(([name, locked]) => {
      const manifest = places.map((place) => installedManifest(place, name, locked)).find((each) => each !== undefined)
      return { name, version: locked.version, locked, manifest, uses: usedBy(lock, locked.dependencies) }
    })
    const missing = found.filter(({ manifest }) => manifest === undefined)
    if (missing.length > 0) throw notInstalled(missing)
    const keys = new Set(places.map(keyOf))
    // A member that another one uses is a root already.
    const isRoot = (locked: LockedPackage) => 'path' in locked && keys.has(locked.path)
    const items = found
      .filter(({ locked }) => !isRoot(locked))
      .flatMap(({ manifest, ...item }) => (manifest ? [{ ...item, manifest }] : []))
    return { roots: places.map((place) => rootOf(place, lock)), items }
  })
}

function rootOf(place: Project, lock: Lock) {
  const { manifest } = readProjectManifest(place)
  const root = lock.roots[keyOf(place)]
  const uses = root ? usedBy(lock, { ...root.devDependencies, ...root.dependencies }) : []
  return { name: manifest.name ?? path.basename(place.root), version: manifest.version ?? null, uses }
}

function usedBy(lock: Lock, dependencies: LockedPackage['dependencies']): PackageName[] {
  return entriesOf(dependencies).flatMap(([name, written]) => (isUsed(lock, name, written) ? [name] : []))
}

/** Returns the manifest of a package as it is installed; undefined if it is not, or not in this version. */
function installedManifest(place: Project, name: PackageName, locked: LockedPackage): PackageManifest | undefined {
  const file = path.join(safeJoin(place.packages, name), MANIFEST_FILE)
  if (!isThere(file)) return undefined
  const bytes = readUserFile(file, MAX_MANIFEST_BYTES)
  const { manifest } = checkPackageManifest(file, bytes, { unknownKeys: 'tolerate' })
  const isSame = manifest?.name === name && (!isRelease(locked) || manifest.version === locked.version)
  return isSame ? manifest : undefined
}

function notInstalled(missing: readonly { name: PackageName; version: Version }[]): CpmError {
  const [first] = missing
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
  const verb = missing.length > 1 ? 'are' : 'is'
  const fact = `${first?.name ?? ''}@${first?.version ?? ''}${more} ${verb} locked but not installed`
  return new CpmError('PACKAGE_NOT_FOUND', fact, {
    hint: 'cpm install',
    details: { missing: missing.map(({ name, version }) => `${name}@${version}`) },
  })
}
