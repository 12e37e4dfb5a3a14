import path from 'node:path'
import type { PackageName } from '../../schema/name.ts'
import { isVersion, type Version } from '../../schema/version.ts'
import { namesIn } from '../../core/atomic-file.ts'
import type { Home } from '../../core/home.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { type Project, projectAt } from '../project.ts'

/** Where global packages are. */
export type GlobalHome = Pick<Home, 'packages' | 'bin' | 'state'>

/** Returns the project that holds a global package, its dependencies and their lock, whether it exists or not. */
export function globalRoot({ packages }: Pick<GlobalHome, 'packages'>, name: PackageName, version: Version): Project {
  return projectAt(safeJoin(packages, name, version))
}

/** Returns the folders of all roots, also of those that an interrupted operation left. */
export function foldersOfRoots(packages: string): string[] {
  const names = namesIn(packages).flatMap((name) =>
    name.startsWith('@') ? namesIn(path.join(packages, name)).map((inner) => `${name}/${inner}`) : [name],
  )
  return names.flatMap((name) =>
    namesIn(path.join(packages, name))
      .filter(isVersion)
      .map((version) => path.join(packages, name, version)),
  )
}

/** Returns cpm's own folder beside the roots, for staging. Its name is not a valid package name. */
export function stagingOf({ packages }: GlobalHome): string {
  return path.join(packages, '.cpm')
}
