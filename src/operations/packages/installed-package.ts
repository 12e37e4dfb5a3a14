import fs from 'node:fs'
import type { LockedPackage } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import { closest, didYouMean } from '../../core/did-you-mean.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { requireProject } from '../../installer/find-project.ts'
import type { Project } from '../../installer/project.ts'

export interface InstalledPackage {
  readonly name: PackageName
  readonly project: Project
  readonly version: Version
  readonly locked: LockedPackage
  /** its folder, with links resolved */
  readonly folder: string
}

/** Returns an installed package of the project that contains a folder. @throws CpmError PACKAGE_NOT_FOUND */
export function requireInstalled(folder: string, name: PackageName): InstalledPackage {
  const project = requireProject(folder)
  const lock = requireLock(project.lockFile)
  const locked = lockedPackage(lock, name)
  if (!locked) {
    const known = Object.keys(lock.packages)
    throw new CpmError('PACKAGE_NOT_FOUND', `${name} is not in colony.lock${didYouMean(name, known)}`, {
      hint: closest(name, known) === undefined ? `cpm install ${name}` : 'cpm list',
    })
  }
  try {
    return { name, project, version: locked.version, locked, folder: fs.realpathSync(safeJoin(project.packages, name)) }
  } catch (error) {
    throw new CpmError('PACKAGE_NOT_FOUND', `${name}@${locked.version} is locked but not installed`, {
      hint: 'cpm install',
      cause: error,
    })
  }
}
