import { type FindInputs, inputsInFolder, layWithDependencies } from '../workflow/values/dependency-inputs.ts'
import type { ValuesOptions } from '../workflow/values/given-values.ts'
import { inputsError, type LaidInputs } from '../workflow/values/inputs.ts'
import { readPackageInputs } from '../workflow/values/package-inputs.ts'
import type { Context } from './context.ts'
import { findPackage, type FoundPackage, type Target } from './package-to-run.ts'
import { readValues } from './values-options.ts'

/** A package, and what its inputs come to. */
export interface FoundInputs extends FoundPackage {
  laid: LaidInputs
  find: FindInputs
}

/**
 * Finds a package and lays the values that it is given over its own; required ones may be missing.
 * @throws CpmError INPUT_INVALID when anything is wrong
 */
export async function findInputs(
  context: Context,
  { target, registry, yes, ...options }: Target & ValuesOptions,
): Promise<FoundInputs> {
  const found = await findPackage(context, { target, registry, yes })
  const { root, manifest } = found
  const find = inputsInFolder(found.project.packages)
  const laid = layWithDependencies(readPackageInputs(root, manifest), await readValues(context, found, options), find)
  if (laid.problems.length > 0) throw inputsError(laid.problems)
  return { ...found, laid, find }
}
