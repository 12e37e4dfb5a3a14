import fs from 'node:fs'
import path from 'node:path'
import type { LockedPackage } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import { closest, didYouMean } from '../../core/did-you-mean.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { shellPath } from '../../core/shell-word.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { requireProject, rootFolder } from '../../installer/find-project.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { keyOf } from '../../installer/places.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import type { Project } from '../../installer/project.ts'
import { requireProjectLock } from '../../installer/project-lock.ts'

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
  const lock = requireProjectLock(project)
  const locked = lockedPackage(lock, name)
  if (!locked) {
    requireNotElsewhere(project, name)
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

/** Explains that only other members of the workspace use a package. @throws CpmError PACKAGE_NOT_FOUND */
function requireNotElsewhere(project: Project, name: PackageName): void {
  const whole = requireLock(project.lockFile)
  const roots = Object.keys(whole.roots).filter((root) => Object.hasOwn(partOf(whole, [root]).packages, name))
  const [first] = roots
  if (first === undefined) return
  const here = keyOf(project) === '.' ? 'the root of the workspace' : keyOf(project)
  throw new CpmError('PACKAGE_NOT_FOUND', `${name} is not installed in ${here}, only in ${roots.join(', ')}`, {
    hint: `cd ${shellPath(path.relative(project.root, path.join(rootFolder(project), first)) || '.')}`,
  })
}
