import { findPackages, type PackageFolder } from './templates/package-sources.ts'
import { givenTo } from './values/dependency-inputs.ts'
import type { GivenValues } from './values/given-values.ts'
import { type LaidInputs, layInputs } from './values/inputs.ts'
import { readPackageInputs } from './values/package-inputs.ts'

/** The inputs of a package and of those that its workflows include from, each with what it is given; the package itself first. */
export function layIncluded(folder: PackageFolder, given: GivenValues, packages: string): LaidInputs[] {
  const { main, included } = findPackages(folder, packages)
  const own = layInputs(readPackageInputs(main.root, main.manifest), given)
  const laid = new Map([[main, own]])
  for (const found of included.values()) {
    const { name } = found.manifest
    const user = laid.get(found.user) ?? own
    laid.set(found, layInputs(readPackageInputs(found.root, found.manifest, `${name}/`), givenTo(user, name)))
  }
  return [...laid.values()]
}
