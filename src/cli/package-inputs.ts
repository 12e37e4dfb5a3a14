import path from 'node:path'
import { findProject, PACKAGES_FOLDER } from '../installer/project.ts'
import { type FindInputs, inputsInFolder, layWithDependencies } from '../workflow/values/dependency-inputs.ts'
import type { ValuesOptions } from '../workflow/values/given-values.ts'
import { inputsError, type LaidInputs } from '../workflow/values/inputs.ts'
import { readPackageInputs } from '../workflow/values/package-inputs.ts'
import type { Context } from './context.ts'
import { findPackage, type FoundPackage } from './package-to-run.ts'
import { readValues } from './values-options.ts'

/** A package, and what its inputs come to. */
export interface FoundInputs extends FoundPackage {
  laid: LaidInputs
  find: FindInputs
  /** the folder of the packages installed for it */
  packages: string
}

/**
 * Finds a package and lays the values that it is given over its own; required ones may be missing.
 * @throws CpmError INPUT_INVALID when anything is wrong
 */
export async function findInputs(context: Context, target: string, options: ValuesOptions = {}): Promise<FoundInputs> {
  const found = await findPackage(context, target)
  const { root, manifest } = found
  const packages = findProject(context.cwd)?.packages ?? path.join(root, PACKAGES_FOLDER)
  const find = inputsInFolder(packages)
  const laid = layWithDependencies(readPackageInputs(root, manifest), readValues(context, found, options), find)
  if (laid.problems.length > 0) throw inputsError(laid.problems)
  return { ...found, laid, find, packages }
}
