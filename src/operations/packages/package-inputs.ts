import { mergeIncluded } from '../../workflow/included-inputs.ts'
import { inFolder } from '../../core/yaml.ts'
import { findPackages } from '../../workflow/templates/package-sources.ts'
import {
  type FindInputs,
  overridesFor,
  inputsInFolder,
  mergeWithDependencies,
} from '../../workflow/values/dependency-inputs.ts'
import type { ValuesOptions } from '../../workflow/values/value-overrides.ts'
import { inputsError, type MergedInputs, mergeInputs } from '../../workflow/values/inputs.ts'
import { readPackageInputs } from '../../workflow/values/package-inputs.ts'
import type { Session } from '../session.ts'
import { findPackage, type FoundPackage, type Target } from './find-package.ts'
import { readValues } from './value-overrides.ts'

/** A package with its merged inputs. */
export interface FoundInputs extends FoundPackage {
  merged: MergedInputs
  /** the same, followed by those of the packages that its workflows include */
  all: readonly [MergedInputs, ...MergedInputs[]]
  /** those of its other dependencies, whose values no workflow reads */
  aside: readonly MergedInputs[]
  find: FindInputs
}

/**
 * Finds a package and merges the given values with its defaults. Required values may be missing.
 * @throws CpmError INPUT_INVALID with every error
 */
export async function findInputs(
  session: Session,
  { target, registry, yes, ...options }: Target & ValuesOptions,
): Promise<FoundInputs> {
  const found = await findPackage(session, { target, registry, yes })
  const { root, manifest } = found
  const find = inputsInFolder(found.project.packages)
  const overrides = await readValues(session, found, options)
  const merged = mergeWithDependencies(readPackageInputs(root, manifest), overrides, find)
  if (merged.problems.length > 0) throw inFolder(inputsError(merged.problems), root, overrides.folder)
  const packages = findPackages({ root, manifest }, found.project.packages)
  const [, ...included] = mergeIncluded(packages, overrides).values()
  const aside = [...merged.declared.dependencies].flatMap((name) => {
    const declared = packages.included.has(name) ? undefined : find(name)
    return declared ? [mergeInputs(declared, overridesFor(merged, name))] : []
  })
  return { ...found, merged, all: [merged, ...included], aside, find }
}
