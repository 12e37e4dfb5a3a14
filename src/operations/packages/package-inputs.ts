import { layIncluded } from '../../workflow/included-inputs.ts'
import { findPackages } from '../../workflow/templates/package-sources.ts'
import {
  type FindInputs,
  givenTo,
  inputsInFolder,
  layWithDependencies,
} from '../../workflow/values/dependency-inputs.ts'
import type { ValuesOptions } from '../../workflow/values/given-values.ts'
import { inputsError, type LaidInputs, layInputs } from '../../workflow/values/inputs.ts'
import { readPackageInputs } from '../../workflow/values/package-inputs.ts'
import type { Session } from '../session.ts'
import { findPackage, type FoundPackage, type Target } from './find-package.ts'
import { readValues } from './given-values.ts'

/** A package, and what its inputs come to. */
export interface FoundInputs extends FoundPackage {
  laid: LaidInputs
  /** the same, and those of the packages that its workflows include */
  all: readonly [LaidInputs, ...LaidInputs[]]
  /** those of its other dependencies: values for them are kept for nobody */
  aside: readonly LaidInputs[]
  find: FindInputs
}

/**
 * Finds a package and lays the values that it is given over its own; required ones may be missing.
 * @throws CpmError INPUT_INVALID when anything is wrong
 */
export async function findInputs(
  context: Session,
  { target, registry, yes, ...options }: Target & ValuesOptions,
): Promise<FoundInputs> {
  const found = await findPackage(context, { target, registry, yes })
  const { root, manifest } = found
  const find = inputsInFolder(found.project.packages)
  const given = await readValues(context, found, options)
  const laid = layWithDependencies(readPackageInputs(root, manifest), given, find)
  if (laid.problems.length > 0) throw inputsError(laid.problems)
  const packages = findPackages({ root, manifest }, found.project.packages)
  const [, ...included] = layIncluded(packages, given).values()
  const aside = [...laid.declared.dependencies].flatMap((name) => {
    const declared = packages.included.has(name) ? undefined : find(name)
    return declared ? [layInputs(declared, givenTo(laid, name))] : []
  })
  return { ...found, laid, all: [laid, ...included], aside, find }
}
