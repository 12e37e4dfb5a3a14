import type { PackageFolder, WorkflowPackages } from './templates/package-sources.ts'
import { dependencyProblems, type FindInputs, givenTo } from './values/dependency-inputs.ts'
import type { GivenValues } from './values/given-values.ts'
import { type LaidInputs, layInputs, requireSound, type ResolvedInputs } from './values/inputs.ts'
import { readPackageInputs } from './values/package-inputs.ts'

/** The inputs of a package and of those that its workflows include from, each with what it is given; the package itself first. */
export function layIncluded({ main, included }: WorkflowPackages, given: GivenValues): Map<PackageFolder, LaidInputs> {
  const own = layInputs(readPackageInputs(main.root, main.manifest), given)
  const laid = new Map<PackageFolder, LaidInputs>([[main, own]])
  for (const found of included.values()) {
    const { name } = found.manifest
    const user = laid.get(found.user) ?? own
    laid.set(found, layInputs(readPackageInputs(found.root, found.manifest, `${name}/`), givenTo(user, name)))
  }
  return laid
}

/**
 * The values that a run gets: those of the package, and of every one that its workflows include from.
 * @param find the other dependencies too: values for them are checked all the same
 * @throws CpmError INPUT_INVALID with everything that is missing, unknown or wrong for any of them
 */
export function resolveIncluded(
  packages: WorkflowPackages,
  given: GivenValues,
  find: FindInputs,
): ReadonlyMap<PackageFolder, ResolvedInputs> {
  const laid = layIncluded(packages, given)
  const own = laid.get(packages.main)
  requireSound([...laid.values()], own ? dependencyProblems(own, find) : [])
  return laid
}
