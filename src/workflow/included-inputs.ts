import type { CpmError } from '../core/errors.ts'
import type { PackageFolder, WorkflowPackages } from './templates/package-sources.ts'
import { dependencyProblems, type FindInputs, overridesFor } from './values/dependency-inputs.ts'
import type { ValueOverrides, ValuesProblem } from './values/value-overrides.ts'
import { type MergedInputs, mergeInputs, missingOf, unsoundError } from './values/inputs.ts'
import { readPackageInputs } from './values/package-inputs.ts'
import type { PathPlan } from './values/paths.ts'
import { forExpressions, type SecretPlan, type SeenValues } from './values/secrets.ts'

/** The inputs of a package and of those that its workflows include from, each with what it is given; the package itself first. */
export function mergeIncluded(
  { main, included }: WorkflowPackages,
  overrides: ValueOverrides,
): Map<PackageFolder, MergedInputs> {
  const own = mergeInputs(readPackageInputs(main.root, main.manifest), overrides)
  const merged = new Map<PackageFolder, MergedInputs>([[main, own]])
  for (const found of included.values()) {
    const { name } = found.manifest
    const user = merged.get(found.user) ?? own
    merged.set(found, mergeInputs(readPackageInputs(found.root, found.manifest, `${name}/`), overridesFor(user, name)))
  }
  return merged
}

/** What is known of the values for a package and for those that its workflows may include, before it is known which they do. */
export interface KnownInputs {
  readonly merged: ReadonlyMap<PackageFolder, MergedInputs>
  readonly seen: ReadonlyMap<PackageFolder, SeenValues>
  /** what is wrong, whichever packages a document takes in */
  readonly wrong: readonly ValuesProblem[]
}

/** @param find the other dependencies too: values for them are checked all the same */
export function knownInputs(
  packages: WorkflowPackages,
  overrides: ValueOverrides,
  { find, secrets, paths }: { find: FindInputs; secrets: SecretPlan; paths: PathPlan },
): KnownInputs {
  const merged = mergeIncluded(packages, overrides)
  const own = merged.get(packages.main)
  const seen = new Map([...merged].map(([folder, inputs]) => [folder, forExpressions(inputs, secrets, paths)]))
  const wrong = [...merged.values()].flatMap(({ problems }) => problems)
  return { merged, seen, wrong: [...wrong, ...(own ? dependencyProblems(own, find) : [])] }
}

/** The packages that can't be included with what is known: a required value is missing, or a secret is of no use. */
export function incompleteIn({ merged, seen }: KnownInputs): string[] {
  return [...merged].flatMap(([folder, { missing }]) =>
    missing.length > 0 || (seen.get(folder)?.problems.length ?? 0) > 0 ? [folder.manifest.name] : [],
  )
}

/**
 * An error with everything that is wrong, and with what is missing for the packages that a document takes in.
 * @param lacking their names
 */
export function knownInputsError({ merged, seen, wrong }: KnownInputs, lacking: readonly string[]): CpmError {
  const isLacking = ({ manifest }: PackageFolder) => lacking.includes(manifest.name)
  const missing = [...merged].flatMap(([folder, inputs]) => (isLacking(folder) ? missingOf(inputs) : []))
  const useless = [...seen].flatMap(([folder, { problems }]) => (isLacking(folder) ? problems : []))
  return unsoundError([...wrong, ...useless], missing)
}
